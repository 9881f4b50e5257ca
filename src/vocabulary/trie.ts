import { PairTable } from "./pair-table.js";

/** Finds the tokens that stand at a place of a text. */
export interface Trie {
  /** Tells the end and the value of each key that stands at `start`, the shortest first. */
  readonly prefixes: (text: string, start: number, found: (end: number, value: number) => void) => void;
}

/** A trie of UTF-16 units; empty keys are left out, and of a key that comes twice the first value counts. */
export function buildTrie(keys: Iterable<readonly [key: string, value: number]>): Trie {
  const children = new PairTable(); // (node, unit) -> node; the root is 0
  const values: number[] = [-1];
  for (const [key, value] of keys) {
    let node = 0;
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at);
      let child = children.get(node, unit);
      if (child < 0) {
        child = values.push(-1) - 1;
        children.set(node, unit, child);
      }
      node = child;
    }
    if (node !== 0 && values[node] === -1) values[node] = value;
  }
  return {
    prefixes(text, start, found) {
      let node = 0;
      for (let at = start; at < text.length; at++) {
        node = children.get(node, text.charCodeAt(at));
        if (node < 0) return;
        const value = values[node]!;
        if (value >= 0) found(at + 1, value);
      }
    },
  };
}
