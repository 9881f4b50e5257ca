import type { Encoder } from "../tokenizer/encoder.js";

export interface AnswerTextOptions {
  /** Texts that end the answer and are no part of it. */
  readonly stops: readonly string[];
  /** Called with each further piece of text; the pieces joined are the answer. */
  readonly onText?: ((piece: string) => void) | undefined;
}

/** Spelling of a token that stands for one byte. */
const BYTE_TOKEN = /^<0x[0-9A-Fa-f]{2}>$/;

/**
 * The text of an answer while its tokens come: without outer white space, and cut where a stop text begins. A piece is given out once no
 * further token can change it, so what may yet be part of a character, of a stop text or of the white space at the end waits.
 */
export class AnswerText {
  #given = "";

  constructor(
    private readonly encoder: Pick<Encoder, "decode" | "vocabulary">,
    private readonly options: AnswerTextOptions,
  ) {}

  /** Takes all tokens so far. Returns whether the answer is over because a stop text is there. */
  update(tokens: readonly number[]): boolean {
    const { stops, onText } = this.options;
    if (stops.length === 0 && onText === undefined) return false;
    const text = this.encoder.decode(tokens);
    const end = firstOf(text, stops);
    if (onText !== undefined) this.#give(end < 0 ? this.#settled(tokens, text) : text.slice(0, end));
    return end >= 0;
  }

  /** The whole answer; gives out what waited. */
  end(tokens: readonly number[]): string {
    const text = this.encoder.decode(tokens);
    const end = firstOf(text, this.options.stops);
    const whole = (end < 0 ? text : text.slice(0, end)).trim();
    this.#give(whole);
    return whole;
  }

  #give(text: string): void {
    const sure = text.trim();
    if (sure.length <= this.#given.length || !sure.startsWith(this.#given)) return;
    const piece = sure.slice(this.#given.length);
    this.#given = sure;
    this.options.onText?.(piece);
  }

  /** The part of `text`, that of `tokens`, which stays as it is whatever comes. */
  #settled(tokens: readonly number[], text: string): string {
    // A run of byte tokens is text or not as a whole, so it is known when it ends.
    const bytes = this.#bytesAtEnd(tokens);
    const known = bytes === 0 ? text : this.encoder.decode(tokens.slice(0, tokens.length - bytes));
    // A character of which bytes are missing is decoded as this one.
    const whole = known.replace(/\ufffd+$/, "");
    return whole.slice(0, whole.length - longestStart(whole, this.options.stops));
  }

  #bytesAtEnd(tokens: readonly number[]): number {
    const { strings } = this.encoder.vocabulary;
    let count = 0;
    while (count < tokens.length && BYTE_TOKEN.test(strings[tokens[tokens.length - 1 - count]!] ?? "")) count++;
    return count;
  }
}

/** Where the first of the stop texts begins; -1 when none is there. */
function firstOf(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** Length of the longest end of `text` that a stop text begins with. */
function longestStart(text: string, stops: readonly string[]): number {
  const lengths = stops.map((stop) => {
    let length = Math.min(stop.length - 1, text.length);
    while (length > 0 && !stop.startsWith(text.slice(text.length - length))) length--;
    return Math.max(0, length);
  });
  return Math.max(0, ...lengths);
}
