import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { diagnose } from "../../src/doctor/diagnose.js";
import type { LanguageModel } from "../../src/runtime/parts/language-model.js";
import { MODELS, readExpected, relativeError } from "../helpers/goldens.js";
import { GGUF, GGUF_MIXED, readMixedExpected } from "../helpers/gguf-goldens.js";
import { LLMS, readLlmExpected } from "../helpers/llm-goldens.js";
import { projected, projectorFeatures, PROJECTORS } from "../helpers/projector-goldens.js";
import { WORLD } from "../helpers/small-world.js";
import { hasWebgpu } from "../helpers/webgpu.js";
import { withModel } from "../helpers/with-model.js";

/*
 * Runs wherever a WebGPU device exists; CONTRIBUTING.md says how to get a software one. float32, because a device need not
 * compute float16. Prompts of more than 31 tokens matter: from 32 on the provider's attention takes another path.
 */

const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-webgpu-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

const settings = { device: "webgpu", dtype: "f32", threads: 1, cacheFolder } as const;

const describeWithWebgpu = (await hasWebgpu()) ? describe : describe.skip;

describeWithWebgpu("on WebGPU", () => {
  test.each(GGUF_MIXED.filter((name) => name !== "gemma2"))("%s as a GGUF file runs on its blocks", async (name) => {
    const { prompt, prefill } = readMixedExpected(name);
    await withModel({ ...settings, dtype: "stored", llm: join(GGUF, `${name}.gguf`) }, async ({ llm }) => {
      expect(relativeError(await llm!.logits({ embeddings: llm!.embed(prompt) }), prefill)).toBeLessThan(2e-3);
    });
  });

  test("an LLM that caps its scores is refused, since attention there does not", async () => {
    const opening = withModel({ ...settings, llm: join(GGUF, "gemma2.gguf") }, () => Promise.resolve());
    await expect(opening).rejects.toThrow(
      "caps the scores of its attention, which webgpu leaves out; use --device cpu",
    );
  });

  test.each(LLMS)("%s gives PyTorch's logits and tokens: short and long prompts, a kept prefix", async (name) => {
    const { prompt, prefill, greedy, decode } = readLlmExpected(name);
    await withModel({ ...settings, llm: join(MODELS, name) }, async ({ llm: loaded }) => {
      const llm = loaded!;
      const long = [...prompt, ...greedy.slice(0, 31)];
      expect(relativeError(await llm.logits({ embeddings: llm.embed(prompt) }), prefill)).toBeLessThan(1e-4);
      expect(relativeError(await llm.logits({ embeddings: llm.embed(long) }), decode)).toBeLessThan(1e-4);
      const prefix = await llm.start(llm.embed(prompt.slice(0, 9)));
      await llm.generate({ prefix, embeddings: llm.embed([7]), maxTokens: 3 });
      const again = await llm.logits({ prefix, embeddings: llm.embed(prompt.slice(9)) });
      expect(relativeError(again, prefill)).toBeLessThan(1e-4);
      const { tokens, finish } = await llm.generate({ embeddings: llm.embed(prompt), maxTokens: 32 });
      expect(tokens).toEqual(greedy.slice(0, finish === "eos" ? tokens.length : 32));
    });
  });

  test.each(["clip", "clip-gelu"])("%s gives transformers' features", async (name) => {
    await withModel({ ...settings, vision: join(MODELS, name) }, async ({ vision }) => {
      const pixels = Float32Array.from({ length: 3 * 42 * 42 }, (_, i) => Math.sin(0.37 * i));
      const { minus2 } = readExpected<{ minus2: number[] }>(name);
      expect(relativeError(await vision!.features(pixels), minus2)).toBeLessThan(1e-4);
    });
  });

  test("what was left to the device is float16 where it computes that, else float32, beside q8 too", async () => {
    const { devices } = await diagnose({ device: "webgpu" });
    const own = devices[0]!.runs.includes("f16") ? "f16" : "f32";
    const parts = { device: "webgpu", threads: 1, cacheFolder, vision: join(WORLD, "vision") } as const;
    const llm = join(WORLD, "qwen2");
    const logits = (loaded: LanguageModel | undefined): Promise<Float32Array> =>
      loaded!.logits({ embeddings: loaded!.embed([300, 301, 302]) });
    const expected = await withModel({ threads: 1, cacheFolder, llm, dtype: "q8" }, (onCpu) => logits(onCpu.llm));
    await withModel({ ...parts, llm, dtype: "q8" }, async (model) => {
      expect([model.llm!.info.precision, model.vision!.info.precision]).toEqual(["q8", own]);
      expect(relativeError(await logits(model.llm), [...expected])).toBeLessThan(3e-2);
    });
  });

  test.each([
    ["mm_vocab", true],
    ["mm_vocab", false],
    ["mlp2x_gelu", false],
    ["linear", false],
  ] as const)("a projector, %s, folded %s, gives PyTorch's embeddings", async (kind, fold) => {
    await withModel({ ...settings, adapter: PROJECTORS[kind], adapterOptions: { fold } }, async ({ adapter }) => {
      expect(relativeError((await adapter!.project(projectorFeatures())).embeddings, projected[kind])).toBeLessThan(
        1e-4,
      );
    });
  });
});
