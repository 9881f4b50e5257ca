import { describe, expect, test } from "@jest/globals";
import { findEmbeddingTable } from "../../../src/model/llm/embedding-table.js";
import type { Dtype } from "../../../src/tensor/dtype.js";
import type { TensorInfo } from "../../../src/tensor/tensor-info.js";

const tensor = (name: string, shape: number[], dtype: Dtype = "BF16"): TensorInfo => ({
  name,
  dtype,
  shape,
  file: "model.safetensors",
  byteOffset: 0,
  byteLength: 0,
});

describe("findEmbeddingTable", () => {
  test.each([
    "model.embed_tokens.weight",
    "transformer.wte.weight",
    "gpt_neox.embed_in.weight",
    "model.decoder.embed_tokens.weight",
    "transformer.word_embeddings.weight",
    "model.language_model.embed_tokens.weight",
  ])("knows %s by its name", (name) => {
    const tensors = [
      tensor("lm_head.weight", [10, 4]),
      tensor(name, [10, 4]),
      tensor("other.embedding.weight", [10, 4]),
    ];
    expect(findEmbeddingTable(tensors, { vocab_size: 10 }, "llm")).toEqual({
      tensor: tensors[1],
      vocabSize: 10,
      hiddenSize: 4,
      tied: false,
    });
  });

  test("takes the one matrix of vocab_size rows whose name says embedding", () => {
    const tensors = [
      tensor("net.output.weight", [10, 4]),
      tensor("net.position_embeddings.weight", [10, 4]),
      tensor("net.word_embedding.weight", [10, 4]),
    ];
    expect(findEmbeddingTable(tensors, { vocab_size: 10 }, "llm").tensor.name).toBe("net.word_embedding.weight");
  });

  test("lists the candidates when several fit", () => {
    const tensors = [tensor("a.embedding.weight", [10, 4]), tensor("b.embedding.weight", [10, 4])];
    expect(() => findEmbeddingTable(tensors, { vocab_size: 10 }, "llm")).toThrow(
      'llm: cannot tell which tensor holds the input embeddings: no known name, and 2 matrices of 10 rows with a name that says embedding, expected 1; candidates: "a.embedding.weight" (10, 4), "b.embedding.weight" (10, 4)',
    );
  });

  test("lists at most five candidates when none fits", () => {
    const tensors = Array.from({ length: 7 }, (_, i) => tensor(`layer.${i}.weight`, [4, 4]));
    expect(() => findEmbeddingTable(tensors, { vocab_size: 10 }, "llm")).toThrow(
      /and 0 matrices of 10 rows .* candidates: "layer\.0\.weight" \(4, 4\), .* and 2 more/,
    );
  });

  test("reads vocab_size and tying of a composite from its text_config", () => {
    const tensors = [tensor("language_model.model.embed_tokens.weight", [10, 4])];
    const config = { text_config: { vocab_size: 10, tie_word_embeddings: true } };
    expect(findEmbeddingTable(tensors, config, "llm")).toMatchObject({ vocabSize: 10, tied: true });
  });

  test("without tie_word_embeddings a folder without a head is tied", () => {
    const table = tensor("model.embed_tokens.weight", [10, 4]);
    expect(findEmbeddingTable([table], { vocab_size: 10 }, "llm").tied).toBe(true);
    expect(findEmbeddingTable([table, tensor("lm_head.weight", [10, 4])], {}, "llm").tied).toBe(false);
  });

  test("refuses a table that does not fit vocab_size", () => {
    expect(() => findEmbeddingTable([tensor("model.embed_tokens.weight", [12, 4])], { vocab_size: 10 }, "llm")).toThrow(
      'llm: "model.embed_tokens.weight" is (12, 4), config.json says vocab_size 10; the config and the weights are of different models',
    );
  });

  test("refuses a quantised table by its dtype", () => {
    expect(() => findEmbeddingTable([tensor("model.embed_tokens.weight", [10, 4], "I8")], {}, "llm")).toThrow(
      '"model.embed_tokens.weight" is I8, expected F32, F16 or BF16',
    );
  });

  test("names a config field of the wrong type", () => {
    expect(() => findEmbeddingTable([], { vocab_size: "many" }, "llm")).toThrow("llm/config.json: vocab_size: ");
  });
});
