import { join } from "node:path";
import { loadAdapter } from "../../../dist/src/adapter/load.js";
import { planExplanation } from "../../../dist/src/explain/plan-explanation.js";
import { inspectFolder } from "../../../dist/src/inspect/inspect.js";
import { inspectText } from "../../../dist/src/inspect/inspect-report.js";
import { readDecoder } from "../../../dist/src/model/llm/decoder.js";
import { readGenerationSettings } from "../../../dist/src/model/llm/generation-settings.js";
import { openLlm } from "../../../dist/src/model/llm/llm-folder.js";
import { checkWidths } from "../../../dist/src/runtime/parts/load-model.js";
import { projectorWeights } from "../../../dist/src/runtime/parts/projector-weights.js";
import { planSummary } from "../../../dist/src/transfer/plan/plan-summary.js";
import { planTransfer } from "../../../dist/src/transfer/plan/plan-transfer.js";
import { planTable } from "../../../dist/src/transfer/report/transfer-table.js";
import { openTunedModel } from "../../../dist/src/vlm/llava-source.js";
import { linkFolder, readText, WORLD, write } from "../files.js";
import { anyValue, jsonText, mutateJsonText } from "../mutate.js";

const PAPER = join(WORLD, "adapters", "llama2", "paper-0");
const VISION = join(WORLD, "vision");
const PICTURE = join(WORLD, "images", "scene_0000.png");

/** What reads the settings of each kind of folder. No session is opened: the graphs and their weights are checked before. */
const READERS = {
  llm: async (folder) => {
    inspectText(await inspectFolder(folder));
    planTable(planSummary(await planTransfer({ adapter: PAPER, target: folder, align: "none" })));
    const llm = await openLlm(folder);
    readDecoder(llm);
    await readGenerationSettings(llm);
    await checkWidths({ llm, vision: VISION, adapter: projectorWeights(await loadAdapter(PAPER)) });
  },
  vision: async (folder) => {
    await planExplanation({ images: [PICTURE], adapter: PAPER, vision: folder, top: 5 });
    await checkWidths({ vision: folder, adapter: projectorWeights(await loadAdapter(PAPER)) });
  },
  tuned: async (folder) => {
    inspectText(await inspectFolder(folder));
    await openTunedModel({ model: folder, vision: VISION, hubCache: join(folder, "none") });
  },
  adapter: async (folder) => {
    inspectText(await inspectFolder(folder));
    const adapter = projectorWeights(await loadAdapter(folder));
    await checkWidths({ llm: join(WORLD, "llama2"), vision: VISION, adapter });
    planTable(planSummary(await planTransfer({ adapter: folder, target: join(WORLD, "qwen2"), align: "none" })));
    await planExplanation({ images: [PICTURE], adapter: folder, vision: VISION, top: 5 });
  },
};

const FOLDERS = {
  llm: ["llama2", "llama3", "qwen2"],
  vision: ["vision"],
  tuned: ["tuned/llava-llama2", "tuned/llava-qwen2"],
  adapter: ["adapters/llama2/paper-0", "adapters/llama2/mlp2x_gelu", "adapters/llama2/official"],
};
const FILES = ["config.json", "generation_config.json"];

/** Fields that change the arithmetic, which no good file here has. */
const FIELDS = {
  rope_scaling: [{ rope_type: "linear", factor: 0 }, { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 1, original_max_position_embeddings: 1 }, { rope_type: "yarn", factor: 1e300 }, { type: "dynamic" }],
  rope_parameters: [{ full_attention: {} }, { rope_theta: -1 }],
  layer_types: [["full_attention"], ["sliding_attention", "x"], Array(5000).fill("full_attention")],
  quantization_config: [{ quant_method: "gptq", bits: 4 }, { bits: "x" }],
  text_config: [{}, { model_type: "llama" }, { text_config: {} }],
  vision_config: [{}, { model_type: "clip_vision_model" }],
  eos_token_id: [[1, 2], [], "2"],
  torch_dtype: ["float64", 5],
}; // prettier-ignore

export function makeConfigs(folder) {
  const copies = Object.entries(FOLDERS).flatMap(([kind, names]) =>
    names.map((name) => {
      const from = join(WORLD, name);
      const copy = linkFolder(from, join(folder, name.replaceAll("/", "-")), { except: FILES });
      const texts = FILES.flatMap((file) => {
        try {
          return [[file, readText(from, file)]];
        } catch {
          return [];
        }
      });
      return { kind, copy, texts };
    }),
  );
  return async (random) => {
    const { kind, copy, texts } = random.pick(copies);
    const damaged = random.pick([texts[0], random.pick(texts)])[0];
    for (const [file, text] of texts) write(join(copy, file), file === damaged ? damage(random, text) : text);
    await READERS[kind](copy);
  };
}

function damage(random, text) {
  if (random.chance(0.4)) return mutateJsonText(random, text);
  const config = JSON.parse(text);
  const field = random.chance(0.3) ? random.pick(Object.keys(FIELDS)) : random.pick(Object.keys(config));
  config[field] = field in FIELDS && random.chance(0.7) ? random.pick(FIELDS[field]) : anyValue(random);
  return jsonText(config);
}
