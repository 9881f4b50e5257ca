import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint } from "../../../dist/src/checkpoint/checkpoint.js";
import { loadAdapter } from "../../../dist/src/adapter/load.js";
import { openGgufLlm } from "../../../dist/src/model/gguf/open-gguf.js";
import { openTowerFiles } from "../../../dist/src/model/gguf/open-mmproj.js";
import { readDecoder } from "../../../dist/src/model/llm/decoder.js";
import { openLlm } from "../../../dist/src/model/llm/llm-folder.js";
import { loadEncoder } from "../../../dist/src/tokenizer/encoder.js";
import { filesOf, GOLDENS, write } from "../files.js";
import { mutateBytes } from "../mutate.js";
import { readTensors } from "../read-tensors.js";

/** Bytes of a header that damage is aimed at: counts, keys and the first tensors. */
const HEADER_BYTES = 4096;

export function makeGguf(folder) {
  const path = join(folder, "model.gguf");
  const goldens = [...filesOf(join(GOLDENS, "gguf"), ".gguf"), ...filesOf(join(GOLDENS, "checkpoints"), ".gguf")].map(
    (file) => readFileSync(file),
  );
  return async (random) => {
    const golden = random.pick(goldens);
    const head = mutateBytes(random, golden.subarray(0, random.pick([24, 200, HEADER_BYTES])), {
      sameLength: random.chance(0.7),
    });
    const bytes = random.chance(0.2)
      ? mutateBytes(random, golden)
      : Buffer.concat([head, golden.subarray(head.length)]);
    rmSync(path, { force: true });
    write(path, bytes);
    if (random.chance(0.5)) {
      await readTensors((await openCheckpoint(path)).tensors.values());
      return;
    }
    if (golden.includes("clip.projector_type")) {
      await loadAdapter(path);
      await (await openTowerFiles(path)).readJson("preprocessor_config.json");
      return;
    }
    await openGgufLlm(path);
    readDecoder(await openLlm(path));
    const encoder = await loadEncoder((await openLlm(path)).files);
    encoder.decode(encoder.encode("a red cat, 123 é"));
  };
}
