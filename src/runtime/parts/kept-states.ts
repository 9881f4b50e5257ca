import { InputError } from "../../errors.js";

/** Tokens that were run and that can be gone on from, until their cache is given to another prompt or taken back to before them. */
export interface Prefix {
  /** In tokens. */
  readonly length: number;
}

interface State extends Prefix {
  readonly cache: number;
  /** Goes on to be held when something was run after it. */
  readonly kept: boolean;
}

/** Where a run begins: after `past` tokens of a cache. */
export interface RunPlace {
  readonly cache: number;
  readonly past: number;
}

/** What each of an LLM's key/value caches holds: the states that can be gone on from, the shortest first. */
export class KeptStates {
  /** By cache. */
  readonly #states: State[][];
  readonly #canCut: boolean;
  /** Caches, the one used least recently first. */
  #order: number[];

  constructor({ count, canCut }: { readonly count: number; readonly canCut: boolean }) {
    this.#states = Array.from({ length: count }, () => []);
    this.#order = [...this.#states.keys()];
    this.#canCut = canCut;
  }

  holds(prefix: Prefix): boolean {
    return this.#find(prefix) !== undefined;
  }

  /**
   * Tokens of a prefix; 0 of none.
   *
   * @throws InputError for one that was ended
   */
  lengthOf(prefix: Prefix | undefined): number {
    if (prefix === undefined) return 0;
    return this.#require(prefix).length;
  }

  /** Ends what a run after `prefix` overwrites, before it runs: the worker goes on to the end of a run that was aborted. */
  begin(prefix: Prefix | undefined): RunPlace {
    const after = prefix === undefined ? undefined : this.#require(prefix);
    const cache = after?.cache ?? this.#order[0]!;
    const past = after?.length ?? 0;
    this.#order = [...this.#order.filter((each) => each !== cache), cache];
    const states = this.#states[cache]!;
    this.#states[cache] = states.filter((state) => state.length < past || (state === after && state.kept));
    return { cache, past };
  }

  /** Remembers what was just run. */
  add(cache: number, length: number, { kept }: { readonly kept: boolean }): Prefix {
    const state: State = { cache, length, kept };
    this.#states[cache]!.push(state);
    return state;
  }

  cut(prefix: Prefix, length: number): Prefix | undefined {
    const { cache } = this.#require(prefix);
    if (!this.#canCut || length <= 0) return undefined;
    this.#states[cache] = this.#states[cache]!.filter((state) => state.length < length);
    return this.add(cache, length, { kept: false });
  }

  #find(prefix: Prefix): State | undefined {
    const state = prefix as State;
    return this.#states[state.cache]?.includes(state) ? state : undefined;
  }

  #require(prefix: Prefix): State {
    const state = this.#find(prefix);
    if (state !== undefined) return state;
    throw new InputError("the prefix was ended by a later start or prompt; start it again");
  }
}
