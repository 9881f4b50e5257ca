// Makes tokens of texts with llama.cpp. Usage: node tokenize.js JOB.json TOKENS.json, the job being {"model": FILE, "texts": [TEXT]}.
import { readFileSync, writeFileSync } from "node:fs";
import { loadModel } from "@fugood/llama.node";

const [job, answers] = process.argv.slice(2);
const { model, texts } = JSON.parse(readFileSync(job, "utf8"));
const context = await loadModel({ model, n_ctx: 256, n_gpu_layers: 0, n_threads: 1 });
const tokens = [];
for (const text of texts) tokens.push(Array.from((await context.tokenize(text)).tokens));
writeFileSync(answers, JSON.stringify(tokens));
await context.release();
