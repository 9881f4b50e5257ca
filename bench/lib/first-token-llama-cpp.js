// The same with llama.cpp, by the package @fugood/llama.node, whose folder is named:
//
//     node first-token-llama-cpp.js LLM PACKAGE
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { PROMPT, reportFirstToken, THREADS } from "./first-token-prompt.js";

const [model, folder] = process.argv.slice(2);
const require = createRequire(join(resolve(folder), "package.json"));
const llama = require(resolve(folder));
const context = await llama.loadModel({ model, n_ctx: 4096, n_gpu_layers: 0, n_threads: THREADS });
const { text } = await context.completion({ prompt: PROMPT, n_predict: 1, temperature: 0 }, () => {});
reportFirstToken(text);
await context.release();
