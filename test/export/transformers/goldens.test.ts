import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { openTunedModel } from "../../../src/vlm/llava-source.js";
import { writeLlava } from "../../../src/export/transformers/llava-format.js";
import { decodeImage } from "../../../src/image/decode.js";
import { loadImageProcessor } from "../../../src/model/vision/image-processors.js";
import { preprocessImage } from "../../../src/image/preprocess.js";
import type { RgbImage } from "../../../src/image/rgb-image.js";
import { loadPromptFormat } from "../../../src/prompt/prompt-format.js";
import { questionAboutImage } from "../../../src/prompt/question.js";
import { tokenizePrompt } from "../../../src/prompt/tokenize.js";
import { concatRows } from "../../../src/tensor/float-arrays.js";
import { loadEncoder } from "../../../src/tokenizer/encoder.js";
import { WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

interface Row {
  readonly image: string;
  /** Width and height of the part that is shown. */
  readonly crop: readonly [number, number] | null;
  readonly question: string;
  readonly prompt: string;
  readonly ids: readonly number[];
  readonly logits: Readonly<Record<string, number>>;
  readonly answer: string;
}

const file = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "goldens", "transformers-llava.json");
const CASES = JSON.parse(readFileSync(file, "utf8")) as { family: string; adapter: string; rows: Row[] }[];
const root = temporaryFolder();
const cacheFolder = join(root, "cache");

function cropped({ data, width }: RgbImage, [columns, rows]: readonly [number, number]): RgbImage {
  const lines = Array.from({ length: rows }, (_, y) => data.subarray(3 * y * width, 3 * (y * width + columns)));
  return { width: columns, height: rows, data: Buffer.concat(lines) };
}

describe.each(CASES)("$family with $adapter, exported", ({ family, adapter, rows }) => {
  test("gives the prompts, tokens, logits and answers that transformers gives on the same folder", async () => {
    const output = join(root, family);
    await writeLlava({
      ...{ adapter: await loadAdapter(join(WORLD, "adapters", family, adapter)), output, cacheFolder },
      ...{ llm: join(WORLD, family), vision: join(WORLD, "vision"), toolVersion: "0.0.0-test" },
    });
    const source = await openTunedModel({ model: output, hubCache: root });
    const [encoder, processor] = [await loadEncoder(output), await loadImageProcessor(output)];
    const format = await loadPromptFormat({ folder: output, ...source.prompt });
    const { llm, vision, visionOptions, projector, imageToken } = source;
    await withModel({ llm, vision, visionOptions, adapter: projector, cacheFolder }, async (model) => {
      for (const row of rows) {
        const prompt = format.write([{ role: "user", text: questionAboutImage(row.question) }]);
        expect(prompt.text).toBe(row.prompt);
        const segments = tokenizePrompt(encoder, prompt, { imageToken });
        const patches = Array.from({ length: model.vision!.info.patches }, () => imageToken!);
        expect(segments.flatMap((part) => (part === "image" ? patches : part))).toEqual(row.ids);
        const whole = await decodeImage(join(WORLD, "images", row.image));
        const pixels = preprocessImage(row.crop === null ? whole : cropped(whole, row.crop), processor);
        const { embeddings } = await model.adapter!.project(await model.vision!.features(pixels.data));
        const parts = segments.map((part) => (part === "image" ? embeddings : model.llm!.embed(part)));
        const input = concatRows(...parts);
        const logits = await model.llm!.logits({ embeddings: input });
        const largest = Math.max(...Object.values(row.logits).map(Math.abs));
        for (const [id, logit] of Object.entries(row.logits)) {
          expect(Math.abs(logits[Number(id)]! - logit) / largest).toBeLessThan(1e-4);
        }
        const { tokens } = await model.llm!.generate({ embeddings: input, maxTokens: 12 });
        expect(encoder.decode(tokens)).toBe(row.answer);
      }
    });
  });
});
