import { join } from "node:path";
import { loadEncoder } from "../../../dist/src/tokenizer/encoder.js";
import { tokensOfVocabulary } from "../../../dist/src/vocabulary/source-token.js";
import { readText, WORLD, write } from "../files.js";
import { anyValue, jsonText, mutateJson, mutateJsonText, mutateText } from "../mutate.js";

const MODELS = ["llama2", "llama3", "qwen2"];
const PARTS = ["normalizer", "pre_tokenizer", "post_processor", "decoder", "added_tokens", "truncation", "model"];
const LISTS = {
  normalizer: "normalizers",
  pre_tokenizer: "pretokenizers",
  post_processor: "processors",
  decoder: "decoders",
};
const TEXTS = [
  "a red cat",
  "",
  " ",
  "<s>x</s>",
  "日本語 👩‍👩‍👧",
  "\0\u001b\ud800",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
  "1234567890",
  "\r\n\t  \u00a0",
  "x".repeat(2000),
];

/** Components of every kind, to stand where others do. */
const COMPONENTS = [
  { type: "Lowercase" }, { type: "NFKC" }, { type: "Strip", strip_left: true, strip_right: true }, { type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { Regex: "(a|aa)+$" }, content: "x" },
  { type: "Replace", pattern: { String: "" }, content: "▁" }, { type: "Precompiled", precompiled_charsmap: "AAAA" }, { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true }, { type: "Whitespace" }, { type: "Digits", individual_digits: true }, { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: true },
  { type: "Split", pattern: { Regex: "(\\w+\\s?)+:$" }, behavior: "Isolated", invert: false }, { type: "Split", pattern: { Regex: "" }, behavior: "Removed", invert: true }, { type: "UnicodeScripts" }, { type: "Punctuation", behavior: "Contiguous" },
  { type: "TemplateProcessing", single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }], pair: [], special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } } },
  { type: "ByteFallback" }, { type: "Fuse" }, { type: "WordPiece", prefix: "##", cleanup: true }, { type: "BPEDecoder", suffix: "</w>" }, { type: "CTC", pad_token: "<pad>", word_delimiter_token: "|", cleanup: true },
]; // prettier-ignore

/** A tokenizer with one part damaged; of the vocabulary only some entries are. */
function damaged(random, tokenizer) {
  const changed = structuredClone(tokenizer);
  const part = random.pick(PARTS);
  if (part === "model") {
    const { vocab, merges, ...settings } = changed.model;
    changed.model = { ...mutateJson(random, settings), vocab, ...(merges && { merges }) };
    const tokens = Object.keys(vocab);
    for (let times = random.below(4); times > 0; times--)
      vocab[random.pick([...tokens.slice(0, 300), "", "__proto__", "\ud800"])] = anyValue(random);
    if (merges !== undefined && random.chance(0.4)) merges[random.below(merges.length)] = anyValue(random);
    if (random.chance(0.1)) changed.model.vocab = anyValue(random);
    if (random.chance(0.15)) {
      const scored = tokens.map((token, i) => [token, -i]);
      changed.model = {
        type: "Unigram",
        unk_id: random.pick([0, 1, null, 1e9]),
        vocab: random.chance(0.5) ? mutateJson(random, scored) : scored,
        byte_fallback: random.chance(0.5),
      };
    }
    if (random.chance(0.1))
      changed.model = {
        type: random.pick(["WordPiece", "WordLevel", "BPE", "x"]),
        vocab,
        unk_token: random.pick(["<unk>", "[UNK]", null]),
        max_input_chars_per_word: 100,
        continuing_subword_prefix: "##",
      };
  } else if (part in LISTS && random.chance(0.6)) {
    const component = () =>
      random.chance(0.3) ? mutateJson(random, random.pick(COMPONENTS)) : random.pick(COMPONENTS);
    changed[part] = { type: "Sequence", [LISTS[part]]: random.many(1 + random.below(3), component) };
  } else changed[part] = mutateJson(random, { part: changed[part] ?? random.pick(COMPONENTS) })?.part;
  return jsonText(changed);
}

export function makeTokenizers(folder) {
  const models = MODELS.map((name) => ({
    tokenizer: JSON.parse(readText(WORLD, name, "tokenizer.json")),
    config: readText(WORLD, name, "tokenizer_config.json"),
  }));
  const map = JSON.stringify({
    bos_token: "<s>",
    eos_token: { content: "</s>", lstrip: false },
    additional_special_tokens: ["<x>"],
  });
  return async (random) => {
    const { tokenizer, config } = random.pick(models);
    const inConfig = random.chance(0.25);
    const text = inConfig
      ? JSON.stringify(tokenizer)
      : random.chance(0.1)
        ? mutateText(random, JSON.stringify(tokenizer))
        : damaged(random, tokenizer);
    write(join(folder, "tokenizer.json"), text);
    write(join(folder, "tokenizer_config.json"), inConfig ? mutateJsonText(random, config) : config);
    write(join(folder, "special_tokens_map.json"), inConfig ? mutateJsonText(random, map) : map);
    const { vocabulary, encode, decode } = await loadEncoder(folder);
    tokensOfVocabulary(vocabulary);
    for (const each of [random.pick(TEXTS), random.pick(TEXTS)]) {
      const ids = encode(each);
      if (ids.some((id) => !Number.isInteger(id) || id < 0)) throw new Error(`ids ${ids} were given`);
      decode([...ids, random.pick([0, 5, 1e9])]);
    }
  };
}
