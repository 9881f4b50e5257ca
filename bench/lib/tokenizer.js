// A byte-level BPE tokenizer of a real size, so that benchmarks need no download.

const LETTERS = [..."etaoinshrdlucmfwypvbgkjqxz"];

/** The characters that stand for the 256 bytes in GPT-2's alphabet. */
const BYTE_CHARACTERS = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(prints ? byte : next++);
  });
})();

/**
 * tokenizer.json with `size` tokens: the bytes, then words grown letter by letter. `skip` leaves out every skip-th word
 * that no other word grows from, so that two tokenizers overlap but for a part.
 */
export function syntheticTokenizer(size, { skip = 0 } = {}) {
  const ids = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));
  const merges = [];
  let layer = ["Ġ", ...LETTERS];
  let made = 0;
  while (ids.size < size) {
    const grown = [];
    for (const stem of layer) {
      for (const letter of LETTERS) {
        if (ids.size >= size) break;
        made += 1;
        if (skip > 0 && made % skip === 0) continue;
        ids.set(stem + letter, ids.size);
        merges.push(`${stem} ${letter}`);
        grown.push(stem + letter);
      }
    }
    layer = grown;
  }
  return {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", unk_token: null, byte_fallback: false, vocab: Object.fromEntries(ids), merges },
  };
}
