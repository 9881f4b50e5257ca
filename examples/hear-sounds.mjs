// Makes an adapter of sounds, the features of some sounds, and questions about them, to try --features with.
//
//   node hear-sounds.mjs LLM FOLDER
//
// `encode` stands for an audio encoder that runs elsewhere. The adapter is not trained: its features already name what is heard, so that its
// weights can be written down. LLM is a small model of fixtures/, which knows colours and shapes, and no words of sounds.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadEncoder, loadModel, writeSafetensors } from "langbridge";

const [llm, folder] = process.argv.slice(2);
if (llm === undefined || folder === undefined) throw new Error("usage: node hear-sounds.mjs LLM FOLDER");

const [RATE, SAMPLES] = [16_000, 3200]; // Samples a second, and of a tone.
const COLOURS = ["red", "green", "blue"]; // The words for low, middle and high.
const PITCHES = [220, 330, 495]; // Hz.
const SHAPES = ["circle", "square"]; // The words for a sine and a square wave.
const SIZES = ["big", "small"]; // The words for loud and soft.

/**
 * The samples of one tone, or of silence.
 *
 * @param {{ size: string, colour: string, shape: string } | undefined} heard
 */
function tone(heard) {
  const step = heard === undefined ? 0 : (2 * Math.PI * PITCHES[COLOURS.indexOf(heard.colour)]) / RATE;
  return Float64Array.from({ length: SAMPLES }, (_, i) => {
    const wave = Math.sin(step * i);
    return (heard?.size === "big" ? 0.9 : 0.1) * (heard?.shape === "square" ? Math.sign(wave) : wave);
  });
}

/**
 * How loud a frequency is among samples: its term of the Fourier sum.
 *
 * @param {Float64Array} samples
 * @param {number} frequency
 */
function amplitude(samples, frequency) {
  let [real, imaginary] = [0, 0];
  samples.forEach((value, i) => {
    real += value * Math.cos((2 * Math.PI * frequency * i) / RATE);
    imaginary += value * Math.sin((2 * Math.PI * frequency * i) / RATE);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

/**
 * Six features from 0 to 1: the share of each pitch, overtones, loudness, and silence.
 *
 * @param {Float64Array} samples
 */
function encode(samples) {
  const found = PITCHES.map((pitch) => amplitude(samples, pitch));
  const all = found.reduce((sum, value) => sum + value);
  if (all < 0.01) return [0, 0, 0, 0, 0, 1];
  const overtones = PITCHES.reduce((sum, pitch) => sum + amplitude(samples, 3 * pitch), 0);
  const loud = Math.max(...samples) > 0.5 ? 1 : 0;
  return [...found.map((value) => value / all), Math.min(1, (3 * overtones) / all), loud, 0];
}

const WIDTH = 6;

/** How much of each word a tone is, by the features and a constant: a third of each of its three words, and silence is nothing. */
const WEIGHTS = {
  red: [1, 0, 0, 0, 0, 0, 0],
  green: [0, 1, 0, 0, 0, 0, 0],
  blue: [0, 0, 1, 0, 0, 0, 0],
  square: [0, 0, 0, 1, 0, 0, 0],
  circle: [0, 0, 0, -1, 0, -1, 1],
  big: [0, 0, 0, 0, 1, 0, 0],
  small: [0, 0, 0, 0, -1, -1, 1],
  nothing: [0, 0, 0, 0, 0, 3, 0],
};

/**
 * @param {string} name
 * @param {readonly number[]} shape
 * @param {Iterable<number>} values
 */
const float32 = (name, shape, values) => {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dtype: /** @type {const} */ ("F32"), shape, data };
};

/** @param {number} value */
const diagonal = (value) => Array.from({ length: WIDTH ** 2 }, (_, i) => (i % (WIDTH + 1) === 0 ? value : 0));

/** @param {string} path */
async function writeAdapter(path) {
  const words = Object.keys(WEIGHTS);
  const { encode: idsOf, vocabulary } = await loadEncoder(/** @type {string} */ (llm));
  const ids = words.map((word) => idsOf(`a ${word}`).at(-1) ?? 0);
  const model = await loadModel({ llm, threads: 1 });
  const rows = model.llm?.embed(ids) ?? new Float32Array();
  await model.dispose();
  const GAIN = 100; // Features so large that GELU lets them pass as they are.
  const readout = Object.values(WEIGHTS);
  await mkdir(path, { recursive: true });
  await writeSafetensors(join(path, "model.safetensors"), [
    float32("model.mm_projector.0.weight", [WIDTH, WIDTH], diagonal(GAIN)),
    float32("model.mm_projector.0.bias", [WIDTH], new Float32Array(WIDTH)),
    float32("model.mm_projector.2.weight", [WIDTH, WIDTH], diagonal(1 / GAIN)),
    float32("model.mm_projector.2.bias", [WIDTH], new Float32Array(WIDTH)),
    float32(
      "model.mm_projector.3.weight",
      [words.length, WIDTH],
      readout.flatMap((row) => row.slice(0, WIDTH).map((value) => value / 3)),
    ),
    float32(
      "model.mm_projector.3.bias",
      [words.length],
      readout.map((row) => row[WIDTH] / 3),
    ),
    float32("mm_vocab_matrix", [words.length, rows.length / words.length], rows),
  ]);
  const config = { mm_projector_type: "mm_vocab", mm_hidden_size: WIDTH, mm_vocab_size: words.length };
  await writeFile(join(path, "config.json"), JSON.stringify(config));
  const tokens = Object.fromEntries(ids.map((id) => [vocabulary.strings[id], id]));
  await writeFile(join(path, "mm_vocab.json"), JSON.stringify(tokens));
}

/** Every sound is a sine tone, a square one and two silences, in an order of its own. */
async function writeSounds() {
  const entries = [];
  const questions = [];
  for (let number = 0; number < 36; number++) {
    const heard = SHAPES.map((shape, i) => ({
      shape,
      colour: COLOURS[Math.floor(number / (1 + 2 * i)) % 3],
      size: SIZES[Math.floor(number / (1 + i)) % 2],
    }));
    const order = [heard[0], heard[1], undefined, undefined];
    const turned = order.map((_, i) => order[(i + number) % order.length]);
    const name = `sound-${number}.wav`;
    entries.push(
      float32(
        name,
        [turned.length, WIDTH],
        turned.flatMap((one) => encode(tone(one))),
      ),
    );
    for (const { shape, colour, size } of heard) {
      const base = { image: name, category: shape };
      questions.push({ ...base, question: `What color is the ${shape}?`, answers: [colour] });
      questions.push({ ...base, question: `What size is the ${shape}?`, answers: [size] });
    }
  }
  await writeSafetensors(join(/** @type {string} */ (folder), "sounds.safetensors"), entries);
  await mkdir(join(/** @type {string} */ (folder), "questions"), { recursive: true });
  const lines = questions.map((question) => `${JSON.stringify(question)}\n`);
  await writeFile(join(/** @type {string} */ (folder), "questions", "questions.jsonl"), lines.join(""));
}

await writeAdapter(join(folder, "adapter"));
await writeSounds();
