// How two LLMs spell the words that matter to you, and how much of their vocabularies they share.
//
//   node compare-tokenizers.mjs SOURCE TARGET [WORDS]
//
// SOURCE and TARGET are folders with a tokenizer.json; an adapter's folder may be SOURCE. WORDS is a text file, a word a line.
import { readFile } from "node:fs/promises";
import { compareFolders, loadEncoder } from "langbridge";

const [source, target, wordsFile] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  throw new Error("usage: node compare-tokenizers.mjs SOURCE TARGET [WORDS]");
}

const overlap = await compareFolders(source, target);
for (const { match, sourceTokens, ofSource } of overlap.classes) {
  console.log(`${match.padEnd(8)} ${String(sourceTokens).padStart(8)} ${(100 * ofSource).toFixed(1).padStart(6)} %`);
}

if (wordsFile !== undefined) {
  const words = (await readFile(wordsFile, "utf8")).split("\n").map((word) => word.trim());
  const encoders = [await loadEncoder(source), await loadEncoder(target)];
  for (const word of words.filter((word) => word !== "")) {
    const spelled = encoders.map((encoder) => piecesOf(word, encoder));
    const counts = spelled.map(({ length }) => length).join(" and ");
    console.log(`${word}: ${counts} tokens: ${spelled.map((pieces) => pieces.join(" ")).join(" | ")}`);
  }
}

/**
 * The tokens of a word as it stands within a sentence; at the start of a text some tokenizers write it otherwise.
 *
 * @param {string} word
 * @param {import("langbridge").Encoder} encoder
 */
function piecesOf(word, { encode, vocabulary }) {
  const before = encode("a").length;
  return encode(`a ${word}`)
    .slice(before)
    .map((id) => vocabulary.strings[id]);
}
