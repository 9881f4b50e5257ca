import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { encodePng } from "../../src/image/encode-png.js";
import { checkViewSettings } from "../../src/image/picture-views.js";
import { openTowerCheckpoint, openTowerFiles } from "../../src/model/gguf/open-mmproj.js";
import { readDecoder } from "../../src/model/llm/decoder.js";
import { buildDecoderGraph } from "../../src/model/llm/decoder-graph.js";
import { openLlm } from "../../src/model/llm/llm-folder.js";
import { loadImageProcessor } from "../../src/model/vision/image-processors.js";
import { buildTowerGraph } from "../../src/model/vision/tower-graph.js";
import { selectedVectors, visionSelection } from "../../src/model/vision/vision-family.js";
import { loadPromptFormat } from "../../src/prompt/prompt-format.js";
import { checkWidths } from "../../src/runtime/parts/load-model.js";
import { VisionTower } from "../../src/runtime/parts/vision-tower.js";
import { readLineBreak } from "../../src/vlm/line-break.js";
import { loadVlm } from "../../src/vlm/vlm.js";
import { openTunedModel } from "../../src/vlm/llava-source.js";
import { KNOWN_CHECKPOINTS, writeKnown } from "../helpers/known-checkpoints.js";
import { noise } from "../image/image-goldens.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const hubCache = join(root, "hub");

/** How many of them open. */
const OPEN = 99;

/** Does all that is done before weights are read: every part is found, every setting read, every graph built. */
async function open(folder: string): Promise<void> {
  const source = await openTunedModel({ model: folder, hubCache });
  const { vision, visionOptions, projector } = source;
  const target = { compute: "float32" } as const;
  const llm = await openLlm(source.llm);
  buildDecoderGraph(readDecoder(llm), { target, positions: 8 });
  const spec = await VisionTower.spec(vision);
  const path = visionOptions.weightsFolder ?? vision;
  const weights = { tensors: (await openTowerCheckpoint(path)).tensors, path };
  buildTowerGraph({ spec, weights, target, ...visionSelection(visionOptions) });
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  const patches = selectedVectors(spec, visionSelection(visionOptions).selectFeature);
  const tower = { imageSize: spec.imageSize, patches };
  checkViewSettings({ processor, scheme: source.imageScheme, tower }, vision);
  await readLineBreak(source);
  await checkWidths({ llm, vision, visionOptions, adapter: projector });
  await loadPromptFormat({ folder: source.tokenizer, ...source.prompt });
}

test("the known checkpoints open", async () => {
  const outcomes = [];
  for (const row of KNOWN_CHECKPOINTS) {
    for (const name of row.names) {
      const folder = writeKnown(root, hubCache, name, row);
      const error = await open(folder).then(
        () => undefined,
        (reason: Error) => reason,
      );
      outcomes.push({ name, cited: row.cited !== undefined, error: error?.message.replaceAll(root, "") });
    }
  }
  const opened = outcomes.filter(({ error }) => error === undefined);
  const cited = opened.filter((outcome) => outcome.cited).length;
  process.stderr.write(
    `${opened.length} of ${outcomes.length} known checkpoints open: ${cited} with a config that was read, ${opened.length - cited} with one written as its code base writes it\n`,
  );
  expect(new Set(outcomes.map(({ name }) => name)).size).toBe(99);
  expect(opened).toHaveLength(OPEN);
  // What does not open is refused in one line that names what is not supported.
  const unclear = outcomes.filter(
    ({ error }) => error !== undefined && !/^[^\n]*(?:supported|expected)[^\n]*$/.test(error),
  );
  expect(unclear).toEqual([]);
});

/** One of each format with what is special about it. */
const ANSWERING = [
  "liuhaotian/llava-v1.6-mistral-7b",
  "lmms-lab/llava-onevision-qwen2-0.5b-ov",
  "llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
  "tinyllava/TinyLLaVA-Phi-2-SigLIP-3.1B",
  "bczhou/TinyLLaVA-2.0B",
  "MILVLG/Imp-v1.5-3B-196",
  "MILVLG/Imp-v1.5-4B-Phi3",
  "aimagelab/LLaVA_MORE-gemma_2_9b-siglip2-finetuning",
  "ibm-granite/granite-vision-3.2-2b",
];

describe("of each kind one answers", () => {
  test.each(ANSWERING)("%s", async (name) => {
    const row = KNOWN_CHECKPOINTS.find(({ names }) => names.includes(name))!;
    const model = writeKnown(join(root, "answering"), hubCache, name, row);
    const options = { threads: 1, cacheFolder: root, contextLength: 4096 };
    const vlm = await loadVlm({ model, hubCache }, options);
    try {
      const picture = await encodePng(noise(90, 61));
      const { prompt, tokens } = await vlm.ask(picture, "What is this?", { maxNewTokens: 2 });
      expect(prompt.tokens).toBeGreaterThan(100);
      expect(tokens).toBeGreaterThan(0);
      const alone = (await vlm.ask([], "What is this?", { maxNewTokens: 1 })).prompt.tokens;
      const both = await vlm.ask([picture, await encodePng(noise(50, 80))], "Which?", { maxNewTokens: 1 });
      expect(both.prompt.tokens).toBeGreaterThan(alone + 200);
    } finally {
      await vlm.dispose();
    }
  });
});
