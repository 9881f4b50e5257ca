import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";

/** WordPiece (Devlin et al. 2019): the longest token that fits, from the left. A word start is a space, as everywhere. */
export function greedySplitter({ idOfBytes }: TokenizerVocabulary): Splitter {
  const longest = [...idOfBytes.keys()].reduce((length, bytes) => Math.max(length, bytes.length), 0);
  return (bytes) => {
    const ids: number[] = [];
    for (let start = 0; start < bytes.length;) {
      let end = Math.min(bytes.length, start + longest);
      while (end > start && !idOfBytes.has(bytes.slice(start, end))) end--;
      if (end === start) return undefined;
      ids.push(idOfBytes.get(bytes.slice(start, end))!);
      start = end;
    }
    return ids;
  };
}
