#!/usr/bin/env bash
# Transfers an adapter to another LLM and says what that cost, on any benchmark that `langbridge eval` knows.
#
#   ./transfer-and-evaluate.sh ADAPTER SOURCE_LLM TARGET_LLM VISION OUTPUT --benchmark NAME --data DIR [more flags of eval]
#
# What follows OUTPUT goes to every `langbridge eval`, so --images, --limit, --device and --dtype may stand there too.
# Run it again after an interruption: every run goes on where it stopped.
set -euo pipefail

if [ $# -lt 7 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
adapter=$1 source=$2 target=$3 vision=$4 output=$5
shift 5

# Before: the adapter on the LLM that it was trained for.
langbridge eval "$@" --adapter "$adapter" --llm "$source" --vision "$vision" --output "$output/before"

[ -e "$output/adapter/config.json" ] ||
  langbridge transfer "$adapter" "$target" --source "$source" --output "$output/adapter"

# Blind: what the target answers when every image is a zero image. Retention is measured from here.
langbridge eval "$@" --adapter "$output/adapter" --llm "$target" --vision "$vision" --output "$output/blind" --blind

# After: with the interval of the difference, and retention.
langbridge eval "$@" --adapter "$output/adapter" --llm "$target" --vision "$vision" --output "$output/after" \
  --baseline "$output/before/results.json" --baseline "$output/blind/results.json" --html "$output/report.html"
