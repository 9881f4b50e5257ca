import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { buildTokenizer } from "../dist/src/tokenizer/tokenizer.js";
import { numberAddedTokens } from "../dist/src/vocabulary/added-vocabulary.js";
import { parseTokenizerFile } from "../dist/src/vocabulary/tokenizer-json.js";
import { PythonSide } from "./python-side.js";

/** What is asked of a tokenizer: the folder of real ones, and how many are made. */
const REAL = join(import.meta.dirname, "../../shared/data/tokenizers");
const MADE = 600;
const TEXTS = 200;

/** No file says of special tokens: the crate alone is asked. */
const NO_FILES = { named: {}, numbered: {}, additional: [], added: [], files: [] };

const COUNTED = ["tokenizers", "refused", "texts", "unlike ids", "unlike texts of ids", "failures of one side"];

/**
 * Ids and decoded texts of tokenizers against the crate `tokenizers`: the real ones beside the checkout and those of the
 * folders in MORE_TOKENIZERS (separated by colons), 200 texts each, and made ones of every component.
 */
export async function compareTokenizers({ seed, count = MADE, log }) {
  const python = new PythonSide("tokenizers_side.py");
  const folder = mkdtempSync(join(tmpdir(), "langbridge-oracle-"));
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const path = join(folder, "tokenizer.json");
  const questions = [
    ...realFiles().map((tokenizer) => ({ tokenizer, seed, count: TEXTS })),
    ...Array.from({ length: count }, (_, index) => ({ make: seed + index, path, seed: seed + index, count: TEXTS })),
  ];
  for (const question of questions) {
    const name = question.make === undefined ? basename(dirname(question.tokenizer)) : `made ${question.make}`;
    const answer = await python.ask(question);
    if (answer === null || answer.unmade !== undefined) continue;
    compareOne(question.tokenizer ?? path, answer, { tally, report: (line) => log(`${name}: ${line}`) });
  }
  python.end();
  rmSync(folder, { recursive: true });
  const unlike = COUNTED.slice(3).reduce((sum, key) => sum + tally[key], 0);
  return { tally, unlike };
}

function realFiles() {
  const folders = existsSync(REAL) ? readdirSync(REAL).map((name) => join(REAL, name)) : [];
  const more = (process.env.MORE_TOKENIZERS ?? "").split(":").filter((name) => name !== "");
  return [...folders, ...more].map((folder) => join(folder, "tokenizer.json"));
}

function open(path) {
  try {
    const json = JSON.parse(readFileSync(path, "utf8"));
    const file = parseTokenizerFile(json, path);
    return buildTokenizer(json, file, numberAddedTokens(file, NO_FILES));
  } catch (error) {
    if (error.name !== "InputError") throw error;
    return error;
  }
}

function compareOne(path, answer, { tally, report }) {
  tally.tokenizers++;
  const tokenizer = open(path);
  const refused = tokenizer instanceof Error ? tokenizer.message.slice(path.length + 2) : undefined;
  if (answer.error !== undefined || refused !== undefined) {
    tally.refused++;
    if (answer.error === undefined) report(`refused: ${refused}`);
    else if (refused === undefined) report(`the crate alone refuses it: ${answer.error}`);
    return;
  }
  answer.texts.forEach((text, index) => {
    tally.texts++;
    const expected = answer.ids[index];
    const ids = attempt(() => tokenizer.encode(text));
    if ((ids === null) !== (expected === null)) {
      // The crate fails on some texts that have an answer; an answer that fails here is a fault.
      if (ids === null) unlike("failures of one side", text, expected, ids);
    } else if (String(ids) !== String(expected)) unlike("unlike ids", text, expected, ids);
    if (expected !== null) compareDecoded(expected, answer.decoded[index]);
  });
  answer.noise.forEach((ids, index) => compareDecoded(ids, answer.decoded_noise[index]));

  function compareDecoded(ids, expected) {
    const text = attempt(() => tokenizer.decode(ids));
    if (expected !== null && text !== expected) unlike("unlike texts of ids", ids, expected, text);
  }

  function unlike(kind, input, expected, got) {
    tally[kind]++;
    report(`${kind}: ${JSON.stringify(input)}: ${JSON.stringify(expected)}, not ${JSON.stringify(got)}`.slice(0, 600));
  }
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error.name !== "InputError") throw error;
    return null;
  }
}
