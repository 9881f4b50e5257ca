import { InputError } from "../errors.js";
import { bytesOfByteLevel } from "./byte-level.js";
import { byteStringOfText, textOfByteString, type ByteString } from "./byte-string.js";
import { looksLikeControl, looksReserved, looksUnused, namesKnownRole, roleOfName } from "./roles.js";
import type { SourceToken } from "./source-token.js";
import { byteOfFallback } from "./token-codec.js";
import type { TokenList } from "./token-list.js";
import type { TokenizerVocabulary } from "./token.js";

/**
 * The tokens of a list, read with the tokenizer that it was made with.
 *
 * @throws InputError when a token is not in the tokenizer, or when its id there is another than the list says
 */
export function tokensOfListWith(list: TokenList, vocabulary: TokenizerVocabulary): SourceToken[] {
  return list.tokens.map((string, row) => {
    const listed = list.ids?.[row];
    const id = vocabulary.idOfString.get(string);
    if (id === undefined) {
      throw new InputError(`${list.path}: row ${row}: ${JSON.stringify(string)} is no token of ${vocabulary.folder}`);
    }
    if (listed !== undefined && listed !== id) {
      throw new InputError(
        `${list.path}: row ${row}: ${JSON.stringify(string)} has id ${listed}, in ${vocabulary.folder} it has ${id}; ` +
          "the list belongs to another tokenizer",
      );
    }
    const [kind, bytes] = [vocabulary.kinds[id]!, vocabulary.byteStrings[id]];
    return { string, id, kind, roles: vocabulary.rolesOfId.get(id) ?? [], ...(bytes !== undefined && { bytes }) };
  });
}

export type ListSpelling = "byte-level" | "SentencePiece" | "plain";

/** The tokens of a list whose tokenizer is not at hand; the tokens themselves tell how they are spelled. */
export function tokensOfList(list: TokenList): SourceToken[] {
  const spelling = spellingOfList(list.tokens);
  return list.tokens.map((string, row) => {
    const id = list.ids?.[row];
    return { string, ...meaningInList(string, spelling), ...(id !== undefined && { id }) };
  });
}

/** Word starts give the spelling away: Ġ in the byte-level alphabet, ▁ in SentencePiece; plain text has neither. */
export function spellingOfList(tokens: readonly string[]): ListSpelling {
  const byteLevel = tokens.filter((token) => token.startsWith("Ġ")).length;
  const sentencePiece = tokens.filter((token) => token.startsWith("▁")).length;
  if (byteLevel === 0 && sentencePiece === 0) return "plain";
  return byteLevel >= sentencePiece ? "byte-level" : "SentencePiece";
}

function meaningInList(string: string, spelling: ListSpelling): Pick<SourceToken, "kind" | "bytes" | "roles"> {
  if (looksUnused(string)) return { kind: "unused", roles: [] };
  if (looksReserved(string)) return { kind: "reserved", roles: [] };
  const fallback = spelling === "SentencePiece" ? byteOfFallback(string) : undefined;
  if (fallback !== undefined) return { kind: "byte", bytes: fallback, roles: [] };
  if (isControl(string, spelling)) return { kind: "special", roles: [roleOfName(string)] };
  const bytes = DECODERS[spelling](string);
  const kind = bytes.length === 1 && textOfByteString(bytes) === undefined ? "byte" : "text";
  return { kind, bytes, roles: [] };
}

/** `<|name|>` anywhere; `</s>` in SentencePiece only, for a byte-level vocabulary may hold it as HTML. */
const isControl = (string: string, spelling: ListSpelling): boolean =>
  /^<[|｜].+[|｜]>$/.test(string) ||
  (spelling === "SentencePiece" && looksLikeControl(string) && namesKnownRole(string));

const DECODERS: Readonly<Record<ListSpelling, (string: string) => ByteString>> = {
  "byte-level": (string) => bytesOfByteLevel(string) ?? byteStringOfText(string),
  SentencePiece: (string) => byteStringOfText(string.replaceAll("▁", " ")),
  plain: byteStringOfText,
};
