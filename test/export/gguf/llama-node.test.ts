import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.js";
import { exportAdapter } from "../../../src/export/export.js";
import { readTensor } from "../../../src/files/read-tensor.js";
import { decodeImage } from "../../../src/image/decode.js";
import { encodePng } from "../../../src/image/encode-png.js";
import { resize } from "../../../src/image/resize.js";
import { modelAnswerer } from "../../../src/vlm/model-answerer.js";
import { ChatModel } from "../../../src/vlm/chat-model.js";
import { openChatModel } from "../../../src/vlm/open-chat-model.js";
import { VisionTower } from "../../../src/runtime/parts/vision-tower.js";
import { withWorker } from "../../../src/runtime/sessions/client.js";
import type { FloatDtype } from "../../../src/tensor/dtype.js";
import { decodeFloats } from "../../../src/tensor/half.js";
import { safetensorsBytes, type TestTensor } from "../../helpers/make-folders.js";
import { FAMILIES, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

/** The package with llama.cpp; test/llama-node/package.json says how it is installed. */
const PACKAGE = join(import.meta.dirname, "..", "..", "llama-node");
const isInstalled = existsSync(join(PACKAGE, "node_modules", "@fugood", "llama.node"));
const describeWithLlama = isInstalled ? describe : describe.skip;

const root = temporaryFolder();
const vision = join(WORLD, "vision");
/** Height and width of the tower's pictures: llama.cpp of that package scales otherwise than Pillow. */
const SIDE = 32;
const MAX_TOKENS = 12;
const EVERY = Number(process.env["LLAMA_NODE_EVERY"] ?? 12);

interface Question {
  readonly image: string;
  readonly text: string;
  readonly right: string;
}

/** Every so many-th question of the benchmark that has 693. */
function questions(): Question[] {
  const folder = join(WORLD, "benchmarks", "gqa");
  const lines = readFileSync(join(folder, "llava_gqa_testdev_balanced.jsonl"), "utf8").trim().split("\n");
  const answers = JSON.parse(readFileSync(join(folder, "testdev_balanced_questions.json"), "utf8")) as Record<
    string,
    { readonly answer: string }
  >;
  return lines.flatMap((line, index) => {
    const { question_id: id, image, text } = JSON.parse(line) as Record<"question_id" | "image" | "text", string>;
    return index % EVERY === 0 ? [{ image, text, right: answers[id]!.answer }] : [];
  });
}

/** A picture as the tower is shown it, so that llama.cpp has nothing to scale. */
async function shrunk(image: string): Promise<string> {
  const path = join(root, image);
  if (!existsSync(path)) {
    const pixels = await decodeImage(join(WORLD, "images", image));
    writeFileSync(path, await encodePng(resize(pixels, SIDE, SIDE, "bicubic")));
  }
  return path;
}

/**
 * The tower as llama.cpp runs it, which puts the class token behind the patches and counts positions from 0 all the same: attention
 * knows no order, so that is this tower with the rows of positions moved on by one.
 */
async function shiftedTower(): Promise<string> {
  const folder = join(root, "shifted");
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const name of ["config.json", "preprocessor_config.json"]) cpSync(join(vision, name), join(folder, name));
  const tensors: Record<string, TestTensor> = {};
  for (const [name, tensor] of (await openCheckpoint(vision)).tensors) {
    const dtype = tensor.dtype as FloatDtype;
    const values = decodeFloats(await readTensor(tensor), dtype);
    tensors[name] = {
      dtype,
      shape: tensor.shape,
      values: name.endsWith("position_embedding.weight") ? rotated(values) : values,
    };
  }
  writeFileSync(join(folder, "model.safetensors"), safetensorsBytes(tensors));
  return folder;
}

/** Rows (1 + patches, 64) with the last one in front. */
function rotated(rows: Float32Array): Float32Array {
  const moved = new Float32Array(rows.length);
  moved.set(rows.subarray(rows.length - 64));
  moved.set(rows.subarray(0, rows.length - 64), 64);
  return moved;
}

/** Rows (1 + patches, 64), class token first, in llama.cpp's order without its first row: patches from the second on, class token. */
function inOrderOfLlama(features: Float32Array): Float32Array {
  const order = new Float32Array(features.length - 64);
  order.set(features.subarray(128));
  order.set(features.subarray(0, 64), order.length - 64);
  return order;
}

function runLlama(jobFile: string, answerFile: string): void {
  const { status, signal } = spawnSync(process.execPath, [join(PACKAGE, "answer.js"), jobFile, answerFile], {
    stdio: "ignore",
  });
  if (status !== 0) throw new Error(`llama.cpp ended with ${status ?? signal}`);
}

const same = (answer: string, right: string): boolean => answer.trim().toLowerCase() === right.toLowerCase();
const share = (hits: readonly boolean[]): number => (100 * hits.filter(Boolean).length) / hits.length;

describeWithLlama("llama.cpp as it is published", () => {
  test.each(FAMILIES)(
    "%s: it loads both files, and answers as the runtime here does with the class token in its place",
    async (family) => {
      const parts = { adapter: join(WORLD, "adapters", family, "mlp2x_gelu"), llm: join(WORLD, family), vision };
      const output = join(root, family);
      const common = { output, cacheFolder: root, toolVersion: "0.0.0-test" };
      await exportAdapter({ ...parts, ...common, format: "gguf", dtype: "F16" });

      const model = await openChatModel({ model: parts, threads: 1, cacheFolder: root });
      const asked = questions();
      const ours: string[] = [];
      const prompts: string[] = [];
      await withWorker(async (client) => {
        const device = { kind: "cpu", index: 0 } as const;
        const tower = await VisionTower.open(await shiftedTower(), {
          ...{ client, device, dtype: "f32", threads: 1, cacheFolder: root },
          ...{ selectLayer: -2, selectFeature: "cls_patch" },
        });
        const seen = {
          info: model.chat.parts.vision.info,
          features: async (pixels: Float32Array) => inOrderOfLlama(await tower.features(pixels)),
        };
        const answerer = modelAnswerer(new ChatModel({ ...model.chat.parts, vision: seen }), {
          name: "",
          identity: {},
        });
        for (const { image, text } of asked) {
          const bytes = readFileSync(await shrunk(image));
          const context = await answerer.open(await answerer.decode(bytes, image));
          ours.push((await context.answer(text, { maxNewTokens: MAX_TOKENS })).text);
          prompts.push(answerer.promptOf(text, { image: true }));
        }
      });
      const { front, vocabulary } = model.chat.parts.encoder;
      await model.dispose();

      const bos = front.map((id) => vocabulary.strings[id]).join("");
      const job = {
        model: join(output, "model-F16.gguf"),
        mmproj: join(output, "mmproj-F16.gguf"),
        maxTokens: MAX_TOKENS,
        questions: await Promise.all(
          asked.map(async ({ image }, index) => ({
            image: await shrunk(image),
            // llama.cpp puts BOS in front, as the file says.
            prompt: (bos !== "" && prompts[index]!.startsWith(bos)
              ? prompts[index]!.slice(bos.length)
              : prompts[index]!
            ).replace("<image>", "<__media__>"),
          })),
        ),
      };
      const [jobFile, answerFile] = [join(root, `${family}-job.json`), join(root, `${family}-answers.json`)];
      writeFileSync(jobFile, JSON.stringify(job));
      runLlama(jobFile, answerFile);
      const theirs = JSON.parse(readFileSync(answerFile, "utf8")) as string[];

      const alike = share(theirs.map((answer, index) => same(answer, ours[index]!)));
      const [own, other] = [ours, theirs].map((answers) =>
        share(answers.map((answer, i) => same(answer, asked[i]!.right))),
      );
      process.stderr.write(
        `llama.cpp, ${family}: ${asked.length} questions, alike ${alike.toFixed(1)} %, right ${other!.toFixed(1)} % of them in llama.cpp and ${own!.toFixed(1)} % here in its order\n`,
      );
      expect(alike).toBeGreaterThanOrEqual(98);
      expect(Math.abs(own! - other!)).toBeLessThanOrEqual(2);
      expect(other!).toBeGreaterThan(60);
    },
    120_000,
  );
});
