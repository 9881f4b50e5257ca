/* node models.js APP llms|towers DTYPE: opens small models of random configs on CUDA and runs them; run.js calls it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [app, kind, dtype] = process.argv.slice(2);
const GOLDENS = join(dirname(fileURLToPath(import.meta.url)), "../../test/goldens");
const { loadModel } = await import(pathToFileURL(join(app, "dist/src/index.js")).href);

/** Tokens of an answer: one comes with the prompt, the others in steps with the cache. */
const ANSWER = 3;

/** Writes a model whose weights are all equal: its shapes are what is tried. */
function writeModel(folder, { config, tensors }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, eos_token_id: null }));
  let offset = 0;
  const entries = tensors.map(([name, shape]) => {
    const end = offset + 2 * shape.reduce((product, size) => product * size, 1);
    const entry = [name, { dtype: "BF16", shape, data_offsets: [offset, end] }];
    offset = end;
    return entry;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  // 0x3c00 is 2^-7 in bfloat16.
  writeFileSync(
    join(folder, "model.safetensors"),
    Buffer.concat([length, header, new Uint8Array(new Uint16Array(offset / 2).fill(0x3c00).buffer)]),
  );
  return folder;
}

/** Blocks are of 32 numbers of a row: the middle of the feed-forward part, the one width that is no multiple, is rounded up to one. */
function widened({ config, tensors }) {
  const { intermediate_size: narrow } = config;
  const wide = Math.ceil(narrow / 32) * 32;
  const sizes = new Map([1, 2].map((count) => [count * narrow, count * wide]));
  const isMiddle = (name) => /\.(mlp|feed_forward)\./.test(name);
  return {
    config: { ...config, intermediate_size: wide },
    tensors: tensors.map(([name, shape]) => {
      // (out, in): the way in widens the rows, the way back the columns.
      const axis = /down_proj|fc2/.test(name) ? 1 : 0;
      return [name, isMiddle(name) ? shape.map((size, i) => (i === axis ? (sizes.get(size) ?? size) : size)) : shape];
    }),
  };
}

const RUN = {
  llms: async (folder, cacheFolder) => {
    const model = await loadModel({ llm: folder, device: "cuda", dtype, cacheFolder, threads: 1, contextLength: 32 });
    try {
      const { llm } = model;
      let after;
      for (const tokens of [[1, 2, 3], [4, 5], ...Array(ANSWER).fill([6])]) {
        after = await llm.start(llm.embed(tokens), { after });
      }
      await llm.generate({ embeddings: llm.embed([1, 2, 3]), maxTokens: ANSWER });
    } finally {
      await model.dispose();
    }
  },
  towers: async (folder, cacheFolder) => {
    const visionOptions = { selectLayer: -1, selectFeature: "cls_patch" };
    const model = await loadModel({ vision: folder, visionOptions, device: "cuda", dtype, cacheFolder, threads: 1 });
    try {
      const { imageSize, patches, hiddenSize } = model.vision.info;
      const features = await model.vision.features(new Float32Array(3 * imageSize ** 2));
      if (features.length !== patches * hiddenSize) throw new Error(`${features.length} features`);
    } finally {
      await model.dispose();
    }
  },
};

const goldens = JSON.parse(
  readFileSync(join(GOLDENS, kind === "llms" ? "llm-configs.json" : "vision-configs.json"), "utf8"),
);
const root = mkdtempSync(join(tmpdir(), "langbridge-stand-in-"));
let [succeeded, failed] = [0, 0];
const families = new Set();
for (const golden of goldens) {
  try {
    const model = kind === "llms" && /^q/.test(dtype) ? widened(golden) : golden;
    await RUN[kind](writeModel(join(root, golden.name.replaceAll(" ", "-")), model), join(root, "cache"));
    families.add(golden.config.model_type);
    succeeded++;
  } catch (error) {
    // A width that is no multiple of 32 has no blocks on any device.
    if (/rows of a multiple of 32/.test(error.message)) continue;
    failed++;
    console.log(`FAILED ${golden.name} in ${dtype}: ${error.message.split("\n", 1)[0]}`);
  }
}
rmSync(root, { recursive: true, force: true });
console.log(`${succeeded} ran, of ${families.size} families, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
