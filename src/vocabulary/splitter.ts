import type { ByteString } from "./byte-string.js";

/**
 * Splits bytes into ids whose bytes, joined, are the input; undefined where some byte has no token. Nothing is normalised and
 * no word start is added: "ing" is never "▁ing".
 */
export type Splitter = (bytes: ByteString) => readonly number[] | undefined;
