#!/usr/bin/env bash
# One run of `langbridge eval` on all GPUs of this machine, one process a GPU:
#
#   ./many-gpus.sh GPUS OUTPUT --benchmark NAME --data DIR --adapter DIR --llm DIR --vision DIR [more flags of eval]
#
# Run it again after an interruption: every shard goes on where it stopped. DEVICE=cpu splits the run over processes of the CPU.
set -euo pipefail

if [ $# -lt 4 ]; then
  sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
gpus=$1 output=$2
shift 2

pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' INT TERM
for ((gpu = 0; gpu < gpus; gpu++)); do
  device=${DEVICE:-cuda:$gpu}
  mkdir -p "$output"
  langbridge eval "$@" --device "$device" --shard "$gpu/$gpus" --output "$output/parts" >"$output/part-$gpu.log" 2>&1 &
  pids+=($!)
done

failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
if [ "$failed" -ne 0 ]; then
  tail -n 3 "$output"/part-*.log >&2
  exit 1
fi
langbridge eval merge "$output/parts" --output "$output/whole"
