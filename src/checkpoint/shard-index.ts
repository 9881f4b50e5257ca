import { InputError } from "../errors.js";
import { readTextFile } from "../files/json-file.js";
import { isOrderedObject, parseOrderedJson, type OrderedJson } from "../files/ordered-json.js";
import { showValue } from "../show-value.js";

/**
 * Reads the `weight_map` of a Hugging Face shard index: tensor name to file name, in file order.
 *
 * @throws InputError for another shape and for a file name that is not inside the folder of the index
 */
export async function readShardIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const index = parseOrderedJson(await readTextFile(path), path);
  const weightMap = isOrderedObject(index) ? index.get("weight_map") : undefined;
  if (!isOrderedObject(weightMap) || weightMap.size === 0) {
    throw new InputError(`${path}: has no "weight_map" object from tensor names to file names`);
  }
  for (const [tensor, file] of weightMap) checkShardName(file, `${path}: tensor ${JSON.stringify(tensor)}`);
  return weightMap as ReadonlyMap<string, string>;
}

function checkShardName(file: OrderedJson, where: string): void {
  const isInside =
    typeof file === "string" &&
    !/[\\:\0]/.test(file) &&
    file.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (!isInside) {
    throw new InputError(`${where} points to ${showValue(file)}, expected a file inside the folder of the index`);
  }
}
