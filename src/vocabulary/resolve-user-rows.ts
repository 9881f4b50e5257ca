import { InputError } from "../errors.js";
import { byteStringOfText } from "./byte-string.js";
import type { RowMatch } from "./row-match.js";
import type { SourceToken } from "./source-token.js";
import type { Splitter } from "./splitter.js";
import type { TokenizerVocabulary } from "./token.js";
import type { MappingLine, Override } from "./user-rows.js";

export interface UserRows {
  readonly overrides?: readonly Override[];
  readonly mapping?: readonly MappingLine[];
}

/**
 * Turns overrides and mappings into rows, by source index. A token may be named by its spelling or by its text.
 *
 * @throws InputError for a name that is no token, for text that the target cannot spell, and for a token given twice
 */
export function resolveUserRows(
  source: readonly SourceToken[],
  target: TokenizerVocabulary,
  { overrides = [], mapping = [] }: UserRows,
  split: Splitter,
): Map<number, RowMatch> {
  const rows = new Map<number, RowMatch>();
  if (overrides.length === 0 && mapping.length === 0) return rows;
  const indexOf = sourceIndex(source);
  const sources = new Map<number, MappingLine>();
  for (const line of mapping) {
    const index = indexOf(line.source, line.place);
    const id = targetId(line.target, target, line.place);
    const before = rows.get(index);
    if (before?.ids.includes(id)) {
      throw new InputError(
        `${line.place}: ${JSON.stringify(line.source)} is already made of ${JSON.stringify(line.target)}`,
      );
    }
    rows.set(index, {
      match: "mapping",
      ids: [...(before?.ids ?? []), id],
      weights: [...(before?.weights ?? []), line.weight],
    });
    sources.set(index, line);
  }
  const overridden = new Set<number>();
  for (const { token, text } of overrides) {
    const index = indexOf(token, "--override");
    const other = overridden.has(index) ? "another --override" : sources.get(index)?.place;
    if (other !== undefined) {
      throw new InputError(`--override: ${JSON.stringify(token)} is also given by ${other}; keep one of them`);
    }
    overridden.add(index);
    rows.set(index, equalParts("override", idsOfText(text, target, split)));
  }
  return rows;
}

/** Equal weights over the pieces; a piece that occurs twice counts twice. */
export function equalParts(match: RowMatch["match"], pieces: readonly number[]): RowMatch {
  const ids = [...new Set(pieces)];
  return { match, ids, weights: ids.map((id) => pieces.filter((piece) => piece === id).length / pieces.length) };
}

function sourceIndex(source: readonly SourceToken[]): (name: string, place: string) => number {
  const bySpelling = new Map(source.map(({ string }, index) => [string, index]));
  const byBytes = new Map(source.map(({ bytes }, index) => [bytes, index]));
  return (name, place) => {
    const index = bySpelling.get(name) ?? byBytes.get(byteStringOfText(name));
    if (index === undefined) {
      throw new InputError(
        `${place}: ${JSON.stringify(name)} is no token of the adapter's ${source.length} rows, neither as spelling nor as text`,
      );
    }
    return index;
  };
}

function targetId(name: string, target: TokenizerVocabulary, place: string): number {
  const id = target.idOfString.get(name) ?? target.idOfBytes.get(byteStringOfText(name));
  if (id === undefined) {
    throw new InputError(
      `${place}: ${JSON.stringify(name)} is no token of ${target.folder}, neither as spelling nor as text`,
    );
  }
  return id;
}

/** A special token by its spelling, else the token or pieces of the text. */
function idsOfText(text: string, target: TokenizerVocabulary, split: Splitter): readonly number[] {
  const spelled = target.idOfString.get(text);
  if (spelled !== undefined && target.kinds[spelled] === "special") return [spelled];
  const bytes = byteStringOfText(text);
  const whole = target.idOfBytes.get(bytes);
  const pieces = whole === undefined ? split(bytes) : [whole];
  if (pieces === undefined) {
    throw new InputError(`--override: ${target.folder} has no tokens for all of ${JSON.stringify(text)}`);
  }
  return pieces;
}
