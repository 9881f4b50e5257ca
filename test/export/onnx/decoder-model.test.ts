import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { buildDecoderModel, buildEmbeddingModel } from "../../../src/export/onnx/decoder-model.js";
import { storedWeights } from "../../../src/export/onnx/stored-weights.js";
import { writeModel } from "../../../src/export/onnx/write-model.js";
import { readDecoder } from "../../../src/model/llm/decoder.js";
import { openLlm } from "../../../src/model/llm/llm-folder.js";
import { ExportedLlm, logitsOf } from "../../helpers/exported-llm.js";
import { MODELS, relativeError } from "../../helpers/goldens.js";
import { CONFIG_GOLDENS, type ConfigGolden } from "../../helpers/llm-config-goldens.js";
import { writeNumberedModel } from "../../helpers/numbered-weights.js";
import { LLMS, readLlmExpected } from "../../helpers/llm-goldens.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const root = temporaryFolder();

/** Writes a tiny LLM as its two models and opens them. */
async function exported(name: string, folder = join(MODELS, name)): Promise<ExportedLlm> {
  const llm = readDecoder(await openLlm(folder));
  const parts = { ...llm, weights: storedWeights(llm.weights, "F32") };
  await writeModel(root, `${name}-embed`, buildEmbeddingModel(parts, 0), { origin: {} });
  await writeModel(root, `${name}-decoder`, buildDecoderModel(parts), { origin: {} });
  const file = (part: string): string => join(root, `${name}-${part}.onnx`);
  return ExportedLlm.open({ embeddings: file("embed"), decoder: file("decoder") });
}

const filled = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe.each(LLMS)("the exported decoder of %s", (name) => {
  const { prompt, greedy, prefill, decode } = readLlmExpected(name);
  const all = [...prompt, ...greedy.slice(0, 31)];

  test("gives PyTorch's logits of a prompt, and of a token on the cache of all before it", async () => {
    const llm = await exported(name);
    const first = await llm.step(await llm.embed([prompt]), [filled(prompt.length, 1)]);
    expect(relativeError(logitsOf(first.logits, 0), prefill)).toBeLessThan(1e-4);
    const before = all.length - 1;
    const middle = await llm.embed([all.slice(prompt.length, before)]);
    const { past } = await llm.step(middle, [filled(before, 1)], first.past);
    const last = await llm.step(await llm.embed([all.slice(before)]), [filled(all.length, 1)], past);
    expect(relativeError(logitsOf(last.logits, 0), decode)).toBeLessThan(1e-4);
    await llm.close();
  });

  test("gives the same behind padding, beside a longer prompt", async () => {
    const llm = await exported(name);
    const padding = all.length - prompt.length;
    const padded = [...filled(padding, 1), ...prompt];
    const mask = [[...filled(padding, 0), ...filled(prompt.length, 1)], filled(all.length, 1)];
    const { logits } = await llm.step(await llm.embed([padded, all]), mask);
    expect(relativeError(logitsOf(logits, 0), prefill)).toBeLessThan(1e-4);
    expect(relativeError(logitsOf(logits, 1), decode)).toBeLessThan(1e-4);
    await llm.close();
  });
});

describe("the exported decoder of an LLM of a random config", () => {
  const isLong = ({ config }: ConfigGolden): boolean => JSON.stringify(config).includes("long_factor");

  test.each(CONFIG_GOLDENS.filter(isLong).map((golden) => [golden.name, golden] as const))(
    "%s is refused, as it turns positions otherwise in long sequences",
    async (_, golden) => {
      const folder = writeNumberedModel(root, golden);
      await expect(exported(golden.name.replaceAll(" ", "-"), folder)).rejects.toThrow(
        /turns positions by other factors beyond \d+ tokens \(longrope\), .*; take --format hf/,
      );
    },
  );

  test.each(CONFIG_GOLDENS.filter((golden) => !isLong(golden)).map((golden) => [golden.name, golden] as const))(
    "%s gives PyTorch's logits",
    async (_, golden) => {
      const { prompt, greedy, prefill, decode } = golden;
      const llm = await exported(golden.name.replaceAll(" ", "-"), writeNumberedModel(root, golden));
      const all = [...prompt, ...greedy];
      const mask = [[...filled(greedy.length, 0), ...filled(prompt.length, 1)], filled(all.length, 1)];
      const { logits } = await llm.step(await llm.embed([[...filled(greedy.length, 1), ...prompt], all]), mask);
      expect(relativeError(logitsOf(logits, 0), prefill)).toBeLessThan(1e-4);
      expect(relativeError(logitsOf(logits, 1), decode)).toBeLessThan(1e-4);
      await llm.close();
    },
  );
});
