import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openTunedModel, type TunedModel } from "../../src/vlm/llava-source.js";
import { loadAnswerer } from "../../src/vlm/load-answerer.js";
import { openAdapterModel, type AdapterModel, type ModelSource } from "../../src/vlm/model-source.js";
import { readTensor } from "../../src/files/read-tensor.js";
import { loadImageProcessor } from "../../src/model/vision/image-processors.js";
import { preprocessFile } from "../../src/image/preprocess.js";
import { loadModel } from "../../src/runtime/parts/load-model.js";
import { tokenizePrompt } from "../../src/prompt/tokenize.js";
import { decodeFloats } from "../../src/tensor/half.js";
import type { FloatDtype } from "../../src/tensor/dtype.js";
import { loadEncoder } from "../../src/tokenizer/encoder.js";
import { MODELS, readExpected, relativeError } from "../helpers/goldens.js";
import { llavaName, renamedCheckpoint } from "../helpers/renamed-checkpoint.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const WORLD = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "fixtures", "small-world");
const root = temporaryFolder();
const hubCache = join(root, "hub");
const cacheFolder = join(root, "cache");

interface Expected {
  readonly image: string;
  readonly question: string;
  readonly prompt: string;
  readonly logits: number[];
  readonly tokens: number[];
  readonly answer: string;
}

const QUESTIONS = readExpected<Expected[]>("llava-hf").map(({ image, question }) => ({ image, question }));
const imageBytes = (name: string): Buffer => readFileSync(join(WORLD, "images", name));

/** Answers and prompts of a model to questions about pictures of the small world. */
async function ask(
  model: AdapterModel | TunedModel,
  { conversation, maxNewTokens = 10 }: { readonly conversation?: string; readonly maxNewTokens?: number } = {},
) {
  const loaded = await loadAnswerer({ model, conversation, threads: 1, cacheFolder });
  const { answerer } = loaded;
  try {
    const given = [];
    for (const { image, question } of QUESTIONS) {
      const context = await answerer.open(await answerer.decode(imageBytes(image), image));
      const { text } = await context.answer(question, { maxNewTokens });
      given.push({ prompt: answerer.promptOf(question, { image: true }), answer: text });
    }
    return { given, identity: answerer.identity };
  } finally {
    await loaded.dispose();
  }
}

/** Logits of the first token of an answer. */
async function firstLogits(
  { llm, vision, visionOptions, projector, tokenizer, imageToken }: ModelSource,
  row: Expected,
) {
  const model = await loadModel({ llm, vision, visionOptions, adapter: projector, threads: 1, cacheFolder });
  try {
    const pixels = await preprocessFile(imageBytes(row.image), await loadImageProcessor(vision));
    const image = (await model.adapter!.project(await model.vision!.features(pixels.data))).embeddings;
    const prompt = { text: row.prompt, front: "once", stop: [] } as const;
    const segments = tokenizePrompt(await loadEncoder(tokenizer), prompt, { imageToken });
    const pieces = segments.map((segment) => (segment === "image" ? image : model.llm!.embed(segment)));
    const embeddings = Float32Array.from(pieces.flatMap((piece) => [...piece]));
    return await model.llm!.logits({ embeddings });
  } finally {
    await model.dispose();
  }
}

/** Copies a golden folder with other tensor names and another config.json; returns the copy. */
function remade(name: string, rename: (name: string) => string | undefined, config?: object): string {
  const [from, to] = [join(MODELS, name), join(root, `${name} ${Math.random()}`)];
  cpSync(from, to, { recursive: true });
  writeFileSync(join(to, "model.safetensors"), renamedCheckpoint(join(from, "model.safetensors"), rename));
  if (config !== undefined) writeFileSync(join(to, "config.json"), JSON.stringify(config));
  return to;
}

const readJson = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(...path), "utf8")) as Record<string, unknown>;

describe.each(["llava-hf", "llava-hf-old"])("%s, transformers' LlavaForConditionalGeneration", (name) => {
  const expected = readExpected<Expected[]>(name);
  const folder = join(MODELS, name);

  test("writes transformers' prompts and gives its greedy answers", async () => {
    const { given } = await ask({ model: folder, hubCache });
    expect(given).toEqual(expected.map(({ prompt, answer }) => ({ prompt, answer: answer.trim() })));
  });

  test("gives transformers' logits", async () => {
    const source = await openTunedModel({ model: folder, hubCache });
    for (const row of expected) expect(relativeError(await firstLogits(source, row), row.logits)).toBeLessThan(1e-4);
  });
});

test("as an adapter in front of its own LLM, a folder of transformers gives the same logits", async () => {
  const folder = join(MODELS, "llava-hf-old");
  const { imageToken } = await openTunedModel({ model: folder, hubCache });
  const source = await openAdapterModel({ adapter: folder, llm: folder, vision: folder });
  for (const row of readExpected<Expected[]>("llava-hf-old")) {
    expect(relativeError(await firstLogits({ ...source, imageToken }, row), row.logits)).toBeLessThan(1e-4);
  }
});

test("the key names of transformers 4.52 and later are the same model", async () => {
  const newest = (key: string): string =>
    key.startsWith("language_model.model.")
      ? key.replace("language_model.model.", "model.language_model.")
      : key.replace("language_model.lm_head", "lm_head").replace(/^(vision_tower|multi_modal_projector)/, "model.$1");
  const { given } = await ask({ model: remade("llava-hf", newest), hubCache });
  expect(given.map(({ answer }) => answer)).toEqual(
    readExpected<Expected[]>("llava-hf").map((row) => row.answer.trim()),
  );
});

describe("LLaVA's folders", () => {
  const tower = join(root, "tower");
  let tuned: string;

  beforeAll(() => {
    // Of the same sizes as the tuned tower, with other weights.
    cpSync(join(MODELS, "clip"), tower, { recursive: true });
    cpSync(join(MODELS, "llava-hf-old", "preprocessor_config.json"), join(tower, "preprocessor_config.json"));
    tuned = remade("llava-hf-old", llavaName, {
      ...(readJson(MODELS, "llava-hf-old", "config.json")["text_config"] as object),
      ...{ model_type: "llava_qwen", max_position_embeddings: 2048, mm_projector_type: "mlp2x_gelu" },
      ...{ mm_hidden_size: 32, mm_vision_tower: "../tower" },
      ...{ mm_vision_select_layer: -1, mm_vision_select_feature: "cls_patch" },
    });
  });

  test("with an ordinary projector and a tuned tower inside answer as the same weights do in transformers", async () => {
    const { given, identity } = await ask({ model: tuned, hubCache });
    expect(given).toEqual(
      readExpected<Expected[]>("llava-hf-old").map(({ prompt, answer }) => ({ prompt, answer: answer.trim() })),
    );
    expect(identity).toMatchObject({ "prompt format": "qwen_2", device: "cpu", dtype: "f32" });
    expect(Object.keys(identity)).not.toContain("vocabulary matrix");
  });

  test("without tower weights inside use the tower that config.json names, or --vision", async () => {
    const untuned = remade("llava-hf-old", (key) => (key.startsWith("vision_tower.") ? undefined : llavaName(key)));
    cpSync(join(tuned, "config.json"), join(untuned, "config.json"));
    const named = await openTunedModel({ model: untuned, hubCache });
    expect(named).toMatchObject({ vision: join(untuned, "..", "tower"), visionOptions: { selectLayer: -1 } });
    expect(named.visionOptions.weightsFolder).toBeUndefined();
    const given = await openTunedModel({ model: untuned, vision: join(MODELS, "clip"), hubCache });
    expect(given.vision).toBe(join(MODELS, "clip"));
  });

  test("a tower named org/name is found in the Hugging Face cache", async () => {
    const snapshot = join(hubCache, "models--org--tower", "snapshots", "abc");
    mkdirSync(join(hubCache, "models--org--tower", "refs"), { recursive: true });
    writeFileSync(join(hubCache, "models--org--tower", "refs", "main"), "abc");
    cpSync(tower, snapshot, { recursive: true });
    const config = { ...readJson(tuned, "config.json"), mm_vision_tower: "org/tower" };
    const model = remade("llava-hf-old", llavaName, config);
    expect((await openTunedModel({ model, hubCache })).vision).toBe(snapshot);
    await expect(openTunedModel({ model, hubCache: join(root, "empty") })).rejects.toThrow(
      /names the vision tower org\/tower, which is not here \(.*fetch it with: hf download org\/tower\); the model holds its weights, but not its config and image processor; give its folder with --vision/,
    );
  });

  test("one linear layer is a projector too", async () => {
    const linear = remade("llava-hf-old", (key) => {
      if (key.startsWith("multi_modal_projector.linear_2")) return undefined;
      return llavaName(key).replace("mm_projector.0.", "mm_projector.");
    });
    writeFileSync(
      join(linear, "config.json"),
      JSON.stringify({ ...readJson(tuned, "config.json"), mm_projector_type: "linear" }),
    );
    const { projector } = await openTunedModel({ model: linear, hubCache });
    expect(projector).toMatchObject({ kind: "linear", layers: [{ weight: { name: "model.mm_projector.weight" } }] });
    expect((await ask({ model: linear, hubCache })).given).toHaveLength(QUESTIONS.length);
  });

  test("an option that has nothing to do is refused", async () => {
    const matrixFile = join(WORLD, "adapters", "qwen2", "official", "mm_vocab_matrix.pt");
    await expect(openTunedModel({ model: tuned, matrixFile, hubCache })).rejects.toThrow(
      /^--vocab-matrix: .*: an ordinary projector has no vocabulary matrix; leave it out$/,
    );
    const model = join(MODELS, "llava-hf");
    await expect(openTunedModel({ model, vision: tower, hubCache })).rejects.toThrow(
      /^--vision: .*llava-hf: holds its own vision tower; leave it out$/,
    );
  });

  test("a LLaVA config that names no tower, or several crops, is one line", async () => {
    const without = (change: object): string =>
      remade("llava-hf-old", llavaName, { ...readJson(tuned, "config.json"), ...change });
    await expect(openTunedModel({ model: without({ mm_vision_tower: null }), hubCache })).rejects.toThrow(
      /config\.json names no mm_vision_tower; .*; give its folder with --vision/,
    );
    await expect(openTunedModel({ model: without({ image_aspect_ratio: "anyres" }), hubCache })).rejects.toThrow(
      /image_grid_pinpoints, the grids of anyres, is missing, expected 1 to 1024 pairs/,
    );
  });
});

describe("a tuned LangBridge folder", () => {
  const model = join(WORLD, "tuned", "llava-qwen2");
  const baseLlm = join(WORLD, "qwen2");
  /** The folder as a checkpoint leaves it: the matrix is a path to a file elsewhere. */
  const bare = join(root, "bare", "llava-qwen2");

  beforeAll(() => {
    cpSync(model, bare, { recursive: true });
    rmSync(join(bare, "mm_vocab_matrix.pt"));
  });

  test("answers as its parts do when they are given apart", async () => {
    const { given, identity } = await ask({ model, hubCache });
    const parts = { adapter: model, llm: model, vision: join(WORLD, "vision") };
    expect((await ask(parts, { conversation: "qwen_2" })).given).toEqual(given);
    expect(identity).toMatchObject({ model: expect.any(String), "vocabulary matrix": expect.any(String) });
  });

  test("its matrix is rebuilt from the LLM before tuning, number for number", async () => {
    const matrixOf = async (source: ModelSource): Promise<Float32Array> => {
      if (source.projector.kind !== "mm_vocab") throw new Error("expected mm_vocab");
      const { vocabMatrix } = source.projector;
      return decodeFloats(await readTensor(vocabMatrix), vocabMatrix.dtype as FloatDtype);
    };
    const vision = join(WORLD, "vision");
    const rebuilt = await matrixOf(await openTunedModel({ model: bare, vision, baseLlm, hubCache }));
    const written = await matrixOf(await openTunedModel({ model, hubCache }));
    expect(relativeError(rebuilt, [...written])).toBeLessThan(1e-7);
    const matrixFile = join(model, "mm_vocab_matrix.pt");
    expect(await matrixOf(await openTunedModel({ model: bare, vision, matrixFile, hubCache }))).toEqual(written);
    expect((await ask({ model: bare, vision, baseLlm, hubCache })).given).toEqual(
      (await ask({ model, hubCache })).given,
    );
  });

  test("without a matrix, a vocabulary or the right LLM it says what to give", async () => {
    const vision = join(WORLD, "vision");
    await expect(openTunedModel({ model: bare, vision, hubCache })).rejects.toThrow(
      /holds no vocabulary matrix, its config\.json names mm_vocab_matrix\.pt; give the file with --vocab-matrix, or the LLM before tuning with --base-llm/,
    );
    const nameless = join(root, "nameless", "llava-qwen2");
    cpSync(bare, nameless, { recursive: true });
    rmSync(join(nameless, "vocabulary.json"));
    await expect(openTunedModel({ model: nameless, vision, baseLlm, hubCache })).rejects.toThrow(
      /no file says which token each of the \d+ rows stands for; put the vocabulary .* beside the model/,
    );
    await expect(ask({ model: bare, vision, baseLlm: join(WORLD, "llama2"), hubCache })).rejects.toThrow(
      /the adapter makes vectors of 80 numbers, the LLM has 64/,
    );
  });
});
