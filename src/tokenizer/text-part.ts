/** A stretch of text on its way through a tokenizer. */
export interface TextPart {
  readonly text: string;
  /**
   * How many UTF-16 units at the start come from the first character of the whole input. Metaspace needs it, since it writes
   * a word start before the "first" part only.
   */
  readonly lead: number;
  /** Whether it begins where the whole input does, also when its first characters were removed: what is then written there leads. */
  readonly atStart: boolean;
}

/** Changes text character by character; the result for a character depends on it alone. */
export const characterwise =
  (change: (text: string) => string) =>
  ({ text, lead, atStart }: TextPart): TextPart => ({
    atStart,
    text: change(text),
    lead: lead === 0 ? 0 : change(text.slice(0, lead)).length,
  });

/** Writes `prefix` in front of a text that is not empty. */
export function prepend(part: TextPart, prefix: string): TextPart {
  if (part.text === "") return part;
  return { ...part, text: prefix + part.text, lead: part.lead === 0 ? 0 : prefix.length + part.lead };
}

/** What becomes of delimiters where a text is split; as the crate names them. */
export const BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] as const;
export type Behavior = (typeof BEHAVIORS)[number];

/** A stretch of a text, and whether a pattern matched it. The spans of a text lie end to end. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly matched: boolean;
}

/** Cuts a part at the matches of a pattern; empty pieces are left out. */
export function splitPart(part: TextPart, spans: readonly Span[], behavior: Behavior): TextPart[] {
  return MERGES[behavior](spans)
    .filter(({ start, end }) => start < end)
    .map(({ start, end }) => ({
      text: part.text.slice(start, end),
      lead: Math.max(0, part.lead - start),
      atStart: part.atStart && start === 0,
    }));
}

type Merge = (spans: readonly Span[]) => readonly Span[];

/** Joins each span to the one before where `joins` says so of the two. */
function join(spans: readonly Span[], joins: (before: Span | undefined, span: Span) => boolean): Span[] {
  const joined: Span[] = [];
  spans.forEach((span, index) => {
    const last = joined.at(-1);
    if (last !== undefined && joins(spans[index - 1], span)) joined[joined.length - 1] = { ...last, end: span.end };
    else joined.push(span);
  });
  return joined;
}

const MERGES: Readonly<Record<Behavior, Merge>> = {
  Removed: (spans) => spans.filter(({ matched }) => !matched),
  Isolated: (spans) => spans,
  Contiguous: (spans) => join(spans, (before, span) => before!.matched === span.matched),
  MergedWithPrevious: (spans) => join(spans, (before, span) => span.matched && !before!.matched),
  // The same from the end: a delimiter goes to the text behind it, unless that is a delimiter too.
  MergedWithNext: (spans) => join(spans, (before, span) => before!.matched && !span.matched),
};
