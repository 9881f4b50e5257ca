import { statSync } from "node:fs";
import { gatherAllRows } from "../../dist/src/files/gather-rows.js";
import { streamTensor } from "../../dist/src/files/read-tensor.js";

/** Reads every tensor of a checkpoint through; throws where one reaches beyond its file or gives other bytes than it claims. */
export async function readTensors(tensors) {
  for (const tensor of tensors) {
    if ("byteOffset" in tensor && tensor.byteOffset + tensor.byteLength > statSync(tensor.file).size) {
      throw new Error(`${tensor.name} was accepted beyond the end of its file`);
    }
    let given = 0;
    for await (const chunk of streamTensor(tensor)) given += chunk.length;
    if (given !== tensor.byteLength) throw new Error(`${tensor.name} gave ${given} bytes of ${tensor.byteLength}`);
    if (tensor.shape.length !== 2) continue;
    let rows = 0;
    for await (const block of gatherAllRows(tensor)) rows += block.count;
    if (rows !== tensor.shape[0]) throw new Error(`${tensor.name} gave ${rows} rows of ${tensor.shape[0]}`);
  }
}
