import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";
import { buildTrie } from "./trie.js";

/** WordPiece (Devlin et al. 2019): the longest token that fits, from the left. A word start is a space here as everywhere. */
export function greedySplitter({ idOfBytes }: TokenizerVocabulary): Splitter {
  const trie = buildTrie(idOfBytes);
  return (bytes) => {
    const ids: number[] = [];
    for (let start = 0; start < bytes.length;) {
      let longest: { readonly end: number; readonly id: number } | undefined;
      trie.prefixes(bytes, start, (end, id) => (longest = { end, id }));
      if (longest === undefined) return undefined;
      ids.push(longest.id);
      start = longest.end;
    }
    return ids;
  };
}
