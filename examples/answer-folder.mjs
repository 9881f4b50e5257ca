// Asks one question about every picture of a folder and writes the answers as JSON Lines.
//
//   node answer-folder.mjs ADAPTER LLM VISION PICTURES ANSWERS.jsonl "Describe the image."
//
// The model is loaded once. Run it again after an interruption: pictures that are answered already are left out.
import { appendFile, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError, loadAnswerer } from "langbridge";

const [adapter, llm, vision, pictures, output, question = "Describe the image."] = process.argv.slice(2);
if (!adapter || !llm || !vision || !pictures || !output) {
  throw new Error("usage: node answer-folder.mjs ADAPTER LLM VISION PICTURES ANSWERS.jsonl [QUESTION]");
}

const answered = await readAnswered(output);
const names = (await readdir(pictures)).filter((name) => /\.(jpe?g|png|webp|gif)$/i.test(name)).sort();
const open = names.filter((name) => !answered.has(name));
console.error(`${names.length} pictures, ${open.length} to ask about`);

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const model = { adapter, llm, vision };
const { answerer, warnings, dispose } = await loadAnswerer({
  model,
  cacheFolder: ".langbridge-cache",
  signal: stop.signal,
});
for (const warning of warnings) console.warn(warning);
try {
  for (const name of open) {
    if (stop.signal.aborted) break;
    await appendFile(output, `${JSON.stringify(await answerOne(name))}\n`);
  }
} finally {
  await dispose();
}

/**
 * A damaged picture gets a line with its error, and the others are still answered.
 *
 * @param {string} name
 */
async function answerOne(name) {
  try {
    const image = await answerer.open(await answerer.decode(await readFile(join(pictures, name)), name));
    const { text } = await image.answer(question, { maxNewTokens: 128 });
    await image.dispose();
    return { image: name, question, answer: text };
  } catch (error) {
    if (error instanceof InputError) return { image: name, question, error: error.message };
    throw error;
  }
}

/**
 * Names of the pictures in a file of answers; a last line that was cut off counts for nothing.
 *
 * @param {string} path
 */
async function readAnswered(path) {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  return new Set(lines.map((line) => JSON.parse(line).image));
}
