/** A token of a prompt, or the vectors of an image in it: (patches, hiddenSize), known by identity. */
export type PromptItem = number | Float32Array;

/** What an LLM can do with what it keeps; see LanguageModel. */
export interface StateKeeper<State> {
  holds(state: State): boolean;
  cut(state: State, length: number): State | undefined;
}

interface Entry<State> {
  readonly items: readonly PromptItem[];
  readonly state: State;
  /** Items from which on it may be cut; none when it is taken whole. */
  readonly cuttableFrom?: number;
}

/** The longest kept beginning of a prompt. */
export interface KeptBeginning<State> {
  readonly state: State | undefined;
  /** Items of the prompt that it covers. */
  readonly count: number;
}

/**
 * Which prompts an LLM still holds, so that another with the same beginning goes on from there. Beginnings are taken up where an image
 * ends, and within an answer, which is how a chat goes on. They are not taken up elsewhere, though tokens agree: the last bits of an answer's
 * numbers would then depend on what was asked before.
 */
export class KeptPrompts<State> {
  #entries: Entry<State>[] = [];

  constructor(
    private readonly llm: StateKeeper<State>,
    /** Positions that items take. */
    private readonly positions: (items: readonly PromptItem[]) => number,
  ) {}

  /** Remembers what was run up to the end of an image. */
  addBeginning(items: readonly PromptItem[], state: State): void {
    this.#add({ items, state });
  }

  /** Remembers a prompt of `promptCount` items with its answer behind them. */
  addAnswer(items: readonly PromptItem[], promptCount: number, state: State): void {
    this.#add({ items, state, cuttableFrom: promptCount });
  }

  /** The longest beginning of a prompt that is kept and leaves at least one item to run. */
  find(items: readonly PromptItem[]): KeptBeginning<State> {
    this.#entries = this.#entries.filter(({ state }) => this.llm.holds(state));
    const found = this.#entries
      .map((entry) => ({ entry, count: commonLength(entry.items, items) }))
      .filter(({ entry, count }) => {
        const least = entry.cuttableFrom ?? entry.items.length;
        return count >= least && count < items.length;
      })
      .sort((a, b) => b.count - a.count);
    for (const { entry, count } of found) {
      if (count === entry.items.length) return { state: entry.state, count };
      const state = this.llm.cut(entry.state, this.positions(items.slice(0, count)));
      if (state !== undefined) return { state, count };
    }
    return { state: undefined, count: 0 };
  }

  #add(entry: Entry<State>): void {
    this.#entries = [...this.#entries.filter(({ state }) => this.llm.holds(state)), entry];
  }
}

function commonLength(a: readonly PromptItem[], b: readonly PromptItem[]): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a[count] === b[count]) count++;
  return count;
}
