import { readFileSync } from "node:fs";
import { safetensorsBytes } from "./safetensors-bytes.js";

interface Place {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** A safetensors file with other names for its tensors; a tensor whose name becomes undefined is left out. */
export function renamedCheckpoint(path: string, rename: (name: string) => string | undefined): Buffer {
  const file = readFileSync(path);
  const dataStart = 8 + Number(file.readBigUInt64LE());
  const { __metadata__, ...places } = JSON.parse(file.toString("utf8", 8, dataStart)) as Record<string, Place>;
  const header: Record<string, unknown> = { __metadata__ };
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, place] of Object.entries(places)) {
    const to = rename(name);
    if (to === undefined) continue;
    const [begin, end] = place.data_offsets;
    parts.push(file.subarray(dataStart + begin, dataStart + end));
    header[to] = { ...place, data_offsets: [at, (at += end - begin)] };
  }
  return safetensorsBytes(header, Buffer.concat(parts));
}

/** LLaVA's spelling of transformers' names; the tower is a tuned one. */
const LLAVA_NAMES: readonly (readonly [string, string])[] = [
  ["language_model.lm_head", "lm_head"],
  ["language_model.", ""],
  ["multi_modal_projector.linear_1", "model.mm_projector.0"],
  ["multi_modal_projector.linear_2", "model.mm_projector.2"],
  ["vision_tower.", "model.vision_tower.vision_tower."],
];

/** The name that a tensor of transformers' LLaVA has in LLaVA's own folders. */
export function llavaName(name: string): string {
  const [from, to] = LLAVA_NAMES.find(([start]) => name.startsWith(start))!;
  return to + name.slice(from.length);
}
