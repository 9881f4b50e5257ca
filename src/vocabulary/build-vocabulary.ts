import type { AddedVocabulary } from "./added-vocabulary.js";
import type { ByteString } from "./byte-string.js";
import { assignRoles } from "./assign-roles.js";
import { meaningOf } from "./classify.js";
import type { SpecialTokens } from "./special-files.js";
import { tokenCodec } from "./token-codec.js";
import type { HashedFile, SplittingModel, TokenKind, TokenizerVocabulary } from "./token.js";
import type { TokenizerFile } from "./tokenizer-json.js";

interface Place {
  readonly folder: string;
  readonly files: readonly HashedFile[];
}

/** Reduces parsed tokenizer files to id -> bytes or id -> role. */
export function buildVocabulary(
  file: TokenizerFile,
  added: AddedVocabulary,
  special: SpecialTokens,
  place: Place,
): TokenizerVocabulary {
  const { strings, marked } = layOver(file, added, special);
  const codec = tokenCodec(file);
  const kinds = new Array<TokenKind | undefined>(strings.length);
  const byteStrings = new Array<ByteString | undefined>(strings.length);
  strings.forEach((string, id) => {
    if (string === undefined) return;
    const inModel = file.strings[id] === string;
    const control = marked.get(id);
    const meaning = meaningOf({ string, inModel, added: control !== undefined, special: control ?? false }, codec);
    kinds[id] = meaning.kind;
    byteStrings[id] = meaning.bytes;
  });
  const { idOfBytes, doubles } = indexBytes(kinds, byteStrings);
  const idOfString = lowestIdOf(strings);
  return {
    ...place,
    kind: codec.kind,
    size: strings.length,
    strings,
    kinds: Array.from(kinds),
    byteStrings: Array.from(byteStrings),
    idOfBytes,
    idOfString,
    ...assignRoles({ strings, kinds, idOfString, special, unkToken: file.unkToken }),
    splitting: splittingModel(file),
    notes: [...firstFew(file.clashes), ...firstFew(added.renumbered), ...notesOn(strings, doubles)],
  };
}

interface Strings {
  readonly strings: readonly (string | undefined)[];
  /** Whether each added id is special. */
  readonly marked: ReadonlyMap<number, boolean>;
}

/** Puts the added tokens in the place of the model's. */
function layOver(file: TokenizerFile, added: AddedVocabulary, special: SpecialTokens): Strings {
  const strings = [...file.strings];
  const marked = new Map<number, boolean>();
  const declared = new Set([...Object.values(special.named), ...special.additional]);
  for (const [id, token] of added.tokens) {
    strings[id] = token.content;
    marked.set(id, token.special || declared.has(token.content));
  }
  const unknown = file.unkToken === undefined ? file.unkId : file.idOf.get(file.unkToken);
  if (unknown !== undefined && strings[unknown] !== undefined) marked.set(unknown, true);
  return { strings: Array.from(strings), marked };
}

function lowestIdOf(strings: readonly (string | undefined)[]): Map<string, number> {
  const ids = new Map<string, number>();
  strings.forEach((string, id) => {
    if (string !== undefined && !ids.has(string)) ids.set(string, id);
  });
  return ids;
}

interface BytesIndex {
  readonly idOfBytes: ReadonlyMap<ByteString, number>;
  /** Text tokens that have the same bytes as a lower id. */
  readonly doubles: number;
}

function indexBytes(
  kinds: readonly (TokenKind | undefined)[],
  byteStrings: readonly (ByteString | undefined)[],
): BytesIndex {
  const idOfBytes = new Map<ByteString, number>();
  let doubles = 0;
  for (const wanted of ["text", "byte"] satisfies TokenKind[]) {
    kinds.forEach((kind, id) => {
      if (kind !== wanted) return;
      if (!idOfBytes.has(byteStrings[id]!)) idOfBytes.set(byteStrings[id]!, id);
      else if (wanted === "text") doubles++;
    });
  }
  return { idOfBytes, doubles };
}

function splittingModel(file: TokenizerFile): SplittingModel {
  if (file.modelType === "BPE") return { type: "BPE", merges: file.merges };
  if (file.modelType === "Unigram") return { type: "Unigram", scores: file.scores };
  return { type: "WordPiece" };
}

function notesOn(strings: readonly (string | undefined)[], doubles: number): string[] {
  let holes = 0;
  const empty: number[] = [];
  strings.forEach((string, id) => {
    if (string === undefined) holes++;
    else if (string === "") empty.push(id);
  });
  return [
    ...(holes > 0 ? [`${holes} ids below ${strings.length} have no token`] : []),
    ...firstFew(empty.map((id) => `id ${id} is an empty token, which stands for no text`)),
    ...(doubles > 0 ? [`${doubles} tokens have the bytes of another one, which stands for both`] : []),
  ];
}

/** How many lines of one kind are shown; a broken file may have thousands. */
const NOTES_OF_A_KIND = 5;

function firstFew(lines: readonly string[]): string[] {
  const more = lines.length - NOTES_OF_A_KIND;
  return [...lines.slice(0, NOTES_OF_A_KIND), ...(more > 0 ? [`and ${more} more ids like the last one`] : [])];
}
