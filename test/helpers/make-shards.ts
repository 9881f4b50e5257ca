import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../src/checkpoint/safetensors/read.js";
import { writeSafetensors } from "../../src/checkpoint/safetensors/write.js";
import { readTensor } from "../../src/files/read-tensor.js";

/** Writes the tensors of a file as two shards with an index into a folder. */
export async function writeSafetensorsShards(file: string, folder: string): Promise<void> {
  const { tensors } = await readSafetensors(file);
  const half = Math.ceil(tensors.length / 2);
  const weightMap: Record<string, string> = {};
  for (const [index, part] of [tensors.slice(0, half), tensors.slice(half)].entries()) {
    const name = `model-0000${index + 1}-of-00002.safetensors`;
    const written = await Promise.all(part.map(async (tensor) => ({ ...tensor, data: await readTensor(tensor) })));
    await writeSafetensors(join(folder, name), written);
    for (const tensor of part) weightMap[tensor.name] = name;
  }
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: weightMap }));
}
