import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { ProjectorWeights } from "../../../src/model/projector/projector-graph.js";
import type { LoadModelOptions, Model } from "../../../src/runtime/parts/load-model.js";
import { MODELS, readExpected, relativeError } from "../../helpers/goldens.js";
import {
  projected,
  projectorFeatures,
  projectorLayer,
  PROJECTORS,
  vocabMatrix,
} from "../../helpers/projector-goldens.js";
import { withModel as withLoaded } from "../../helpers/with-model.js";

const cacheFolder = mkdtempSync(join(tmpdir(), "langbridge-runtime-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

const withModel = <T>(options: Omit<LoadModelOptions, "cacheFolder">, use: (model: Model) => Promise<T>): Promise<T> =>
  withLoaded({ cacheFolder, ...options }, use);

const pixels = (): Float32Array => Float32Array.from({ length: 3 * 42 * 42 }, (_, i) => Math.sin(0.37 * i));

describe.each(["clip", "clip-gelu"])("%s", (name) => {
  const expected = readExpected<Record<"minus2" | "last", number[]>>(name);
  const vision = join(MODELS, name);

  test("the second to last layer gives transformers' features, without the class token", async () => {
    await withModel({ vision }, async ({ vision: tower }) => {
      expect(tower!.info).toMatchObject({ patches: 36, hiddenSize: 32, imageSize: 42, precision: "f32" });
      expect(relativeError(await tower!.features(pixels()), expected.minus2)).toBeLessThan(1e-4);
    });
  });

  test("the last layer gives transformers' features, with the class token", async () => {
    const visionOptions = { selectLayer: -1, selectFeature: "cls_patch" } as const;
    await withModel({ vision, visionOptions }, async ({ vision: tower }) => {
      const all = await tower!.features(pixels());
      const everyTwelfth = [0, 12, 24, 36].flatMap((row) => [...all.subarray(row * 32, (row + 1) * 32)]);
      expect(tower!.info.patches).toBe(37);
      expect(relativeError(everyTwelfth, expected.last)).toBeLessThan(1e-4);
    });
  });

  test("f16 gives transformers' features to 2e-2", async () => {
    await withModel({ vision, dtype: "f16" }, async ({ vision: tower }) => {
      expect(relativeError(await tower!.features(pixels()), expected.minus2)).toBeLessThan(2e-2);
    });
  });

  test("names a layer that the tower does not have", async () => {
    await expect(withModel({ vision, visionOptions: { selectLayer: 9 } }, () => Promise.resolve())).rejects.toThrow(
      /layer 9 was asked for, the vision tower has hidden states 0 to [23]$/,
    );
  });
});

describe("projectors", () => {
  test.each(["mm_vocab", "mlp2x_gelu", "linear"] as const)("%s gives PyTorch's embeddings", async (kind) => {
    await withModel({ adapter: PROJECTORS[kind], adapterOptions: { fold: false } }, async ({ adapter }) => {
      expect(relativeError((await adapter!.project(projectorFeatures())).embeddings, projected[kind])).toBeLessThan(
        1e-5,
      );
    });
  });

  test("mm_vocab gives its coefficients when they are asked for", async () => {
    const adapterOptions = { coefficients: true };
    await withModel({ adapter: PROJECTORS.mm_vocab, adapterOptions }, async ({ adapter }) => {
      const { coefficients, embeddings } = await adapter!.project(projectorFeatures());
      expect(relativeError(coefficients!, projected.coefficients)).toBeLessThan(1e-5);
      expect(relativeError(embeddings, projected.mm_vocab)).toBeLessThan(1e-5);
    });
  });

  test("a folded mm_vocab gives the same embeddings to 1e-5, from the cache the second time", async () => {
    for (const round of [1, 2]) {
      await withModel({ adapter: PROJECTORS.mm_vocab }, async ({ adapter }) => {
        const { embeddings } = await adapter!.project(projectorFeatures());
        expect([round, relativeError(embeddings, projected.mm_vocab) < 1e-5]).toEqual([round, true]);
      });
    }
    expect(readdirSync(cacheFolder).filter((name) => name.startsWith("folded-adapter-"))).toHaveLength(1);
  });

  test("refuses tensors that do not fit one another, naming both", async () => {
    const adapter: ProjectorWeights = {
      kind: "mm_vocab",
      layers: [projectorLayer(0), projectorLayer(3), projectorLayer(2)],
      vocabMatrix,
    };
    await expect(withModel({ adapter }, () => Promise.resolve())).rejects.toThrow(
      '"2.weight" is (48, 48), but "3.weight" before it is (80, 48)',
    );
  });

  test("refuses an adapter of another width than the LLM or the vision tower", async () => {
    const llm = join(MODELS, "llama-tied");
    await expect(withModel({ adapter: PROJECTORS.mm_vocab, llm }, () => Promise.resolve())).rejects.toThrow(
      "the adapter makes vectors of 24 numbers, the LLM has 32; use the adapter made for it, or transfer this one",
    );
    const narrow: ProjectorWeights = { kind: "linear", layers: [projectorLayer(2)] };
    await expect(withModel({ adapter: narrow, vision: join(MODELS, "clip") }, () => Promise.resolve())).rejects.toThrow(
      "the adapter takes vectors of 48 numbers, the vision tower has 32",
    );
  });
});
