#!/usr/bin/env bash
# Transfers an adapter by several methods and compares them on your own questions: which --align suits this pair of LLMs?
#
#   ./compare-methods.sh ADAPTER SOURCE_LLM TARGET_LLM VISION OUTPUT --benchmark NAME --data DIR [more flags of eval]
#
# METHODS names the methods, for instance METHODS="sparse soft". Choose on other questions than those that you report.
set -euo pipefail

if [ $# -lt 7 ]; then
  sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
adapter=$1 source=$2 target=$3 vision=$4 output=$5
shift 5
methods=${METHODS:-none sparse soft ridge procrustes}

evaluate() { langbridge eval "$@" --llm "$target" --vision "$vision" --json >"$output/last-eval.json"; }

for method in $methods; do
  [ -e "$output/$method/config.json" ] ||
    langbridge transfer "$adapter" "$target" --source "$source" --align "$method" --output "$output/$method" >/dev/null
  evaluate "$@" --adapter "$output/$method" --output "$output/eval-$method"
done
evaluate "$@" --adapter "$output/${methods%% *}" --output "$output/eval-blind" --blind

printf '%-12s %s\n' method score
for run in "$output"/eval-*; do
  name=$(basename "$run") figure=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1])).primary.value' "$run/results.json")
  printf '%-12s %s\n' "${name#eval-}" "$figure"
done
