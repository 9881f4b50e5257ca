// An official adapter over every so many tokens of a synthetic tokenizer.
import { join } from "node:path";
import { writeJson, writeRandomSafetensors } from "./synthetic.js";
import { syntheticTokenizer } from "./tokenizer.js";

const SOURCE_VOCAB = 150_000;
const tensor = (...shape) => ({ dtype: "BF16", shape });

/** Fills a folder with mm_vocab.json, config.json and weights; `matrixWidth` adds the matrix of a source LLM that wide. */
export async function fillAdapter(folder, { rows, visionHidden, mlpHidden, matrixWidth }) {
  const { vocab } = syntheticTokenizer(SOURCE_VOCAB).model;
  const step = Math.floor(SOURCE_VOCAB / rows);
  const tokens = Object.entries(vocab).filter(([token, id]) => id % step === 0 && !/^\d$/.test(token));
  writeJson(folder, "mm_vocab.json", Object.fromEntries(tokens.slice(0, rows)));
  writeJson(folder, "config.json", { mm_projector_type: "mm_vocab", mm_vocab_size: rows, mlp_hidden_size: mlpHidden });
  const layers = { 0: [mlpHidden, visionHidden], 2: [mlpHidden, mlpHidden], 3: [rows, mlpHidden] };
  const projector = Object.entries(layers).flatMap(([layer, [out, inward]]) => [
    [`model.mm_projector.${layer}.weight`, tensor(out, inward)],
    [`model.mm_projector.${layer}.bias`, tensor(out)],
  ]);
  await writeRandomSafetensors(join(folder, "model.safetensors"), {
    ...Object.fromEntries(projector),
    ...(matrixWidth !== undefined && { mm_vocab_matrix: tensor(rows, matrixWidth) }),
  });
}
