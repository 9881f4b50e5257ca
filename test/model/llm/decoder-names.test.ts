import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { decoderTensorNames, hasAllWeights } from "../../../src/model/llm/decoder-graph.js";
import { readDecoder } from "../../../src/model/llm/decoder.js";
import { openLlm } from "../../../src/model/llm/llm-folder.js";
import { MODELS } from "../../helpers/goldens.js";
import { GGUF } from "../../helpers/gguf-goldens.js";

/** Of llama.cpp's files the weights of Llama's attention lie in pairs, and quantised ones in blocks: no graph reads them where they lie. */
test.each(["llama-tied.gguf", "mixed-llama.gguf", "mixed-k.gguf", "qwen3.gguf", "gemma3.gguf"])(
  "the tensors of %s are named without a number of it",
  async (file) => {
    const llm = await openLlm(join(GGUF, file));
    const names = decoderTensorNames(readDecoder(llm));
    expect(names).toContain("model.layers.0.self_attn.q_proj.weight");
    expect([...names].filter((name) => !llm.checkpoint.tensors.has(name))).toEqual([]);
    expect(hasAllWeights(llm)).toBe(true);
  },
);

test("an LLM without one of its layers' tensors has not all weights", async () => {
  const llm = await openLlm(join(MODELS, "llama-tied"));
  expect(hasAllWeights(llm)).toBe(true);
  const tensors = new Map(llm.checkpoint.tensors);
  expect(tensors.delete("model.layers.1.mlp.down_proj.weight")).toBe(true);
  expect(hasAllWeights({ ...llm, checkpoint: { ...llm.checkpoint, tensors } })).toBe(false);
});
