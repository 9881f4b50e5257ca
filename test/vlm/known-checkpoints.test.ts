import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { loadAdapter } from "../../src/adapter/load.js";
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
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { KNOWN_CHECKPOINTS, writeKnown, type KnownCheckpoints } from "../helpers/known-checkpoints.js";
import { byteLevelTokenizer, makeLlm } from "../helpers/make-folders.js";
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

/** What those have in common that differ in nothing which is run. */
function kindOf({ format, modelType, llm, tower, towerLayers, config = {} }: KnownCheckpoints): string {
  const scheme = format === "original" ? config["image_aspect_ratio"] : modelType;
  // Code bases that take other features of a tower than their configs say.
  const origin = /^(?:tiny_llava|bunny|imp)/.exec(modelType)?.[0];
  const {
    vision_feature_layer: layer,
    vision_feature_select_strategy: strategy,
    mm_projector_type: projector,
  } = config;
  return JSON.stringify([format, scheme, origin, llm, tower, towerLayers, layer, strategy, projector]);
}

const KINDS = [...new Map(KNOWN_CHECKPOINTS.map((row) => [kindOf(row), row])).values()];

test("of each kind one answers questions about one and two pictures", async () => {
  const picture = await encodePng(noise(90, 61));
  const other = await encodePng(noise(50, 80));
  for (const row of KINDS) {
    const model = writeKnown(join(root, "answering"), hubCache, row.names[0]!, row);
    const options = { threads: 1, cacheFolder: join(root, "cache"), contextLength: 4096 };
    const vlm = await loadVlm({ model, hubCache }, options);
    try {
      const { prompt, tokens } = await vlm.ask(picture, "What is this?", { maxNewTokens: 2 });
      expect([row.names[0], prompt.tokens > 100, tokens > 0]).toEqual([row.names[0], true, true]);
      const alone = (await vlm.ask([], "What is this?", { maxNewTokens: 1 })).prompt.tokens;
      const both = await vlm.ask([picture, other], "Which?", { maxNewTokens: 1 });
      expect([row.names[0], both.prompt.tokens > alone + 200]).toEqual([row.names[0], true]);
    } finally {
      await vlm.dispose();
    }
  }
  process.stderr.write(`${KINDS.length} kinds of known checkpoints answer\n`);
  expect(KINDS.length).toBeGreaterThan(40);
});

/** Granite's projector takes four hidden states side by side, which an adapter's config.json has no place for. */
const NOT_TRANSFERRED = KNOWN_CHECKPOINTS.find(({ llm }) => llm === "granite")!.names;

test("the known checkpoints are transferred", async () => {
  const target = join(root, "target");
  makeLlm(target, {
    tokenizer: byteLevelTokenizer(["Ġthe", "Ġis"], ["<|begin_of_text|>", "<|end_of_text|>"]),
    hiddenSize: 24,
    seed: 2,
  });
  const refused: [name: string, message: string][] = [];
  let transferred = 0;
  for (const row of KNOWN_CHECKPOINTS) {
    for (const name of row.names) {
      const adapter = writeKnown(join(root, "sources"), hubCache, name, row);
      try {
        const plan = await planTransfer({ adapter, source: adapter, target, align: "sparse" });
        const output = join(root, "transferred", name);
        await executeTransfer(plan, { output, toolVersion: "0.0.0-test" });
        const { projector, config } = await loadAdapter(output);
        expect(config).toMatchObject({ model_type: "langbridge", hidden_size: 24 });
        expect(projector.visionHiddenSize).toBe(plan.source.adapter.projector.visionHiddenSize);
        transferred++;
      } catch (error) {
        refused.push([name, (error as Error).message]);
      }
    }
  }
  process.stderr.write(`${transferred} of ${transferred + refused.length} known checkpoints are transferred\n`);
  const clear = expect.stringMatching(/vision_feature_layer lists 4 hidden states, expected one/) as unknown;
  expect(refused).toEqual(NOT_TRANSFERRED.map((name) => [name, clear]));
});
