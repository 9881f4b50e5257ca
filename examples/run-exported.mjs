// Answers a question about a picture with a folder of `langbridge export --format onnx --vision ... --llm ...`, without
// langbridge: this is what a deployment needs.
//
//   npm install onnxruntime-node sharp @huggingface/tokenizers @huggingface/jinja
//   node run-exported.mjs EXPORTED PICTURE "What is this?"
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";

const [folder, picture, question] = process.argv.slice(2);
if (folder === undefined || picture === undefined || question === undefined) {
  throw new Error("usage: node run-exported.mjs EXPORTED PICTURE QUESTION");
}
const MAX_NEW_TOKENS = 128;

const readJson = async (/** @type {string} */ name) => JSON.parse(await readFile(join(folder, name), "utf8"));
const [config, pixelConfig, ends] = [
  await readJson("config.json"),
  await readJson("preprocessor_config.json"),
  [(await readJson("generation_config.json")).eos_token_id].flat(),
];
const tokenizer = new Tokenizer(await readJson("tokenizer.json"), await readJson("tokenizer_config.json"));
const [see, embed, decode] = await Promise.all(
  ["vision_encoder", "embed_tokens", "decoder_model_merged"].map((name) =>
    InferenceSession.create(join(folder, "onnx", `${name}.onnx`)),
  ),
);

console.log(await answer());

async function answer() {
  const { image_features: features } = await see.run({ pixel_values: await pixelValues() });
  const [, patches, width] = features.dims; // (1, patches, width)
  const ids = await promptIds(patches);
  const prompt = await embedded(ids);
  const data = Float32Array.from(/** @type {Float32Array} */ (prompt.data));
  data.set(/** @type {Float32Array} */ (features.data), ids.indexOf(config.image_token_index) * width);

  let input = /** @type {Tensor} */ (new Tensor("float32", data, [1, ids.length, width]));
  let past = emptyCache();
  /** @type {number[]} */
  const said = [];
  while (said.length < MAX_NEW_TOKENS) {
    const mask = new BigInt64Array(ids.length + said.length).fill(1n);
    const attention_mask = new Tensor("int64", mask, [1, mask.length]);
    const { logits, ...present } = await decode.run({ inputs_embeds: input, attention_mask, ...past });
    const values = /** @type {Float32Array} */ (logits.data);
    const next = values.indexOf(values.reduce((most, value) => Math.max(most, value)));
    if (ends.includes(next)) break;
    said.push(next);
    past = Object.fromEntries(
      Object.entries(present).map(([name, cache]) => [name.replace("present", "past_key_values"), cache]),
    );
    input = await embedded([next]);
  }
  return tokenizer.decode(said, { skip_special_tokens: true }).trim();
}

/** The chat template's text of the question, with the image token once for each patch. @param {number} patches */
async function promptIds(patches) {
  const template = new Template(await readFile(join(folder, "chat_template.jinja"), "utf8"));
  const content = [{ type: "image" }, { type: "text", text: question }];
  const { bos_token, eos_token } = await readJson("tokenizer_config.json");
  const messages = [{ role: "user", content }];
  const text = template.render({ messages, add_generation_prompt: true, bos_token, eos_token });
  return tokenizer.encode(text.replace("<image>", "<image>".repeat(patches)), { add_special_tokens: false }).ids;
}

/** (1, ids, width). @param {readonly number[]} ids */
async function embedded(ids) {
  const input_ids = new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
  return /** @type {Tensor} */ ((await embed.run({ input_ids })).inputs_embeds);
}

/** A cache of no positions, (1, heads, 0, width) each. @returns {Record<string, Tensor>} */
function emptyCache() {
  const caches = decode.inputMetadata.filter(({ name }) => name.startsWith("past_key_values."));
  return Object.fromEntries(
    caches.map((cache) => {
      const [, heads, , width] = "shape" in cache ? cache.shape : [];
      return [cache.name, new Tensor("float32", new Float32Array(0), [1, Number(heads), 0, Number(width)])];
    }),
  );
}

/** (1, 3, height, width), as preprocessor_config.json says; put into a square of the mean colour first, as LLaVA pads. */
async function pixelValues() {
  const { crop_size: size, image_mean: mean, image_std: std } = pixelConfig;
  const [r, g, b] = mean.map((/** @type {number} */ value) => Math.round(255 * value));
  const { data } = await sharp(picture)
    .resize(size.width, size.height, { fit: "contain", background: { r, g, b }, kernel: "cubic" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = size.width * size.height;
  const values = Float32Array.from({ length: 3 * pixels }, (_, at) => {
    const channel = Math.floor(at / pixels);
    return (data[3 * (at % pixels) + channel] / 255 - mean[channel]) / std[channel];
  });
  return new Tensor("float32", values, [1, 3, size.height, size.width]);
}
