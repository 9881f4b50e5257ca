import { describe, expect, test } from "@jest/globals";
import { findEmbeddingTable } from "../../../src/model/llm/embedding-table.js";
import type { Dtype } from "../../../src/tensor/dtype.js";
import type { TensorInfo } from "../../../src/tensor/tensor-info.js";

let places = 0;

/** Each at a place of its own. */
const tensor = (name: string, shape: number[], dtype: Dtype = "BF16"): TensorInfo => ({
  name,
  dtype,
  shape,
  file: "model.safetensors",
  byteOffset: places++,
  byteLength: 1,
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
      head: tensors[0],
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

  test("vocab_size outside of a composite's text_config says nothing of its table", () => {
    const tensors = [tensor("language_model.model.embed_tokens.weight", [10, 4])];
    for (const part of ["text_config", "llm_config"]) {
      const config = { vocab_size: 9, [part]: { vocab_size: 10 } };
      expect(findEmbeddingTable(tensors, config, "llm").vocabSize).toBe(10);
      expect(findEmbeddingTable(tensors, { vocab_size: 9, [part]: {} }, "llm").vocabSize).toBe(10);
    }
  });

  const FLAGS = [undefined, null, false, true];
  const flagPairs = FLAGS.flatMap((outer) => FLAGS.map((inner) => [outer, inner] as const));

  // What LlavaConfig of transformers 5 makes of the two, but that it takes a folder that says nothing for one that is not tied.
  test.each(flagPairs)("tie_word_embeddings %s outside and %s inside of text_config", (outer, inner) => {
    const table = tensor("model.language_model.embed_tokens.weight", [10, 4]);
    const head = tensor("lm_head.weight", [10, 4]);
    const config = { tie_word_embeddings: outer, text_config: { tie_word_embeddings: inner } };
    const saysNothing = outer == null && inner == null;
    expect(findEmbeddingTable([table], config, "llm").tied).toBe(saysNothing || outer === true || inner === true);
    expect(findEmbeddingTable([table, head], config, "llm")).toMatchObject({ tied: false, head });
  });

  test("the class of the LLM speaks where its own part of the config says nothing", () => {
    const table = tensor("model.embed_tokens.weight", [10, 4]);
    const tied = (config: object) => findEmbeddingTable([table], config, "llm", { tiedByClass: true }).tied;
    expect(tied({ tie_word_embeddings: false })).toBe(false);
    expect(tied({ tie_word_embeddings: false, text_config: {} })).toBe(true);
    expect(tied({ tie_word_embeddings: false, text_config: { tie_word_embeddings: false } })).toBe(false);
    const head = tensor("lm_head.weight", [10, 4]);
    expect(findEmbeddingTable([head], {}, "llm", { tiedByClass: true })).toMatchObject({ tensor: head, tied: true });
  });

  test("a head that is the same bytes under another name is the table", () => {
    const table = tensor("model.embed_tokens.weight", [10, 4]);
    const found = findEmbeddingTable([table, { ...table, name: "lm_head.weight" }], {}, "llm");
    expect(found).toEqual({ tensor: table, vocabSize: 10, hiddenSize: 4, tied: true });
  });

  test("a tied folder may hold the matrix as the head alone, another one may not", () => {
    const head = tensor("lm_head.weight", [10, 4]);
    expect(findEmbeddingTable([head], { tie_word_embeddings: true }, "llm")).toMatchObject({
      tensor: head,
      tied: true,
    });
    expect(() => findEmbeddingTable([head], {}, "llm")).toThrow("cannot tell which tensor holds the input embeddings");
  });

  test.each(["model.layers.0.attention.output.weight", "vision_tower.output.weight", "model.mtp.lm_head.weight"])(
    "%s is no head",
    (name) => {
      const tensors = [tensor("model.embed_tokens.weight", [10, 4]), tensor(name, [4, 4])];
      expect(findEmbeddingTable(tensors, {}, "llm").tied).toBe(true);
    },
  );

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
