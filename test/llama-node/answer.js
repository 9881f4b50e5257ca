// Answers questions about pictures with llama.cpp, greedily. Usage: node answer.js JOB.json ANSWERS.json, the job being
// {"model": FILE, "mmproj": FILE, "maxTokens": N, "questions": [{"image": FILE, "prompt": TEXT with <__media__>}]}.
// Answers go to a file, because llama.cpp writes to standard output. Each question has a context of its own, so that nothing is left of the
// one before, and is released: one that nothing refers to any more is collected, and its weights unmapped, while it still answers. top_k is
// what makes it greedy: with temperature 0 alone it draws some tokens.
import { readFileSync, writeFileSync } from "node:fs";
import { loadModel } from "@fugood/llama.node";

const [job, answers] = process.argv.slice(2);
const { model, mmproj, maxTokens, questions } = JSON.parse(readFileSync(job, "utf8"));
const texts = [];
for (const { image, prompt } of questions) {
  const context = await loadModel({ model, n_ctx: 256, n_gpu_layers: 0, n_threads: 1 });
  if (!context.initMultimodal({ path: mmproj, use_gpu: false })) throw new Error(`${mmproj}: llama.cpp cannot load it`);
  const options = { prompt, media_paths: [image], n_predict: maxTokens, temperature: 0, top_k: 1, seed: 1 };
  texts.push((await context.completion(options, () => {})).text);
  await context.release();
}
writeFileSync(answers, JSON.stringify(texts));
process.exit(0);
