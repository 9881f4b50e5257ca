#!/usr/bin/env bash
# Exports an adapter with its vision tower and LLM as ONNX models, and asks them about a picture without langbridge.
#
#   ./export-and-run.sh ADAPTER LLM VISION OUTPUT PICTURE QUESTION
set -euo pipefail

if [ $# -ne 6 ]; then
  sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
adapter=$1 llm=$2 vision=$3 output=$4 picture=$5 question=$6

[ -e "$output/config.json" ] ||
  langbridge export "$adapter" --format onnx --llm "$llm" --vision "$vision" --output "$output" >&2

# See run-exported.mjs for what it needs.
node "$(dirname "$0")/run-exported.mjs" "$output" "$picture" "$question"
