import type { Encoder } from "../tokenizer/encoder.js";
import { IMAGE_MARKER, type Prompt } from "./prompt.js";

export interface TokenizeOptions {
  /** The tokenizer's token for an image, in models whose prompts were tokenized with it in place. */
  readonly imageToken?: number | undefined;
}

/** Token ids, or the place of an image's patch vectors. */
export type Segment = readonly number[] | "image";

/**
 * Splits a prompt at its images and tokenizes each piece apart, as LLaVA's `tokenizer_image_token` does: merges never reach
 * across an image, and what the tokenizer puts in front of a text comes before the first piece only. With `imageToken` the
 * prompt is tokenized whole and split at that token, as transformers' processors do.
 *
 * @returns ids and images in turn; it begins and ends with ids, which may be empty
 */
export function tokenizePrompt(encoder: Encoder, prompt: Prompt, { imageToken }: TokenizeOptions = {}): Segment[] {
  if (imageToken !== undefined) return splitAtToken(encoder, prompt, imageToken);
  const pieces = prompt.text.split(IMAGE_MARKER).map((piece) => encoder.encode(piece));
  const [first = [], ...rest] = pieces;
  return [[...frontOf(encoder, prompt, first), ...first], ...rest.flatMap((ids): Segment[] => ["image", ids])];
}

/** The text, tokenized whole: what follows an image is not the start of a text, so tokenizers that mark a start do not mark it. */
function splitAtToken(encoder: Encoder, prompt: Prompt, imageToken: number): Segment[] {
  const spelling = encoder.vocabulary.strings[imageToken] ?? IMAGE_MARKER;
  const ids = encoder.encode(prompt.text.replaceAll(IMAGE_MARKER, spelling));
  const segments: Segment[] = [];
  let piece: number[] = [...frontOf(encoder, prompt, ids)];
  for (const id of ids) {
    if (id !== imageToken) piece.push(id);
    else {
      segments.push(piece, "image");
      piece = [];
    }
  }
  return [...segments, piece];
}

function frontOf({ front }: Encoder, prompt: Prompt, ids: readonly number[]): readonly number[] {
  if (prompt.front === "never") return [];
  const written = front.every((id, index) => ids[index] === id);
  return written && prompt.front === "once" ? [] : front;
}

export interface Stops {
  /** Ids that end an answer. */
  readonly ids: readonly number[];
  /** Texts that end an answer and are not one special token. */
  readonly texts: readonly string[];
}

/** Finds the stop texts that are one special token: decoded text leaves special tokens out, so they never show in it. */
export function stopsOf({ vocabulary }: Encoder, { stop }: Pick<Prompt, "stop">): Stops {
  const tokenOf = (text: string): number | undefined => {
    const id = vocabulary.idOfString.get(text);
    return id !== undefined && vocabulary.kinds[id] === "special" ? id : undefined;
  };
  const ids = stop.map(tokenOf);
  return {
    ids: ids.filter((id) => id !== undefined),
    texts: stop.filter((_, index) => ids[index] === undefined),
  };
}
