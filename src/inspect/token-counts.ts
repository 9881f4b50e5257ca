import { InputError } from "../errors.js";
import { tokensOfList } from "../vocabulary/list-tokens.js";
import type { OverlapOptions } from "./overlap.js";
import type { SourceToken } from "../vocabulary/source-token.js";
import type { TokenList } from "../vocabulary/token-list.js";

/**
 * Gives each source token its count. Tokens are found by their bytes, special ones by their spelling; a token that the file
 * lacks gets 0.
 *
 * @throws InputError when the file holds no counts
 */
export function countsOfTokens(list: TokenList, tokens: readonly SourceToken[]): NonNullable<OverlapOptions["counts"]> {
  const { counts } = list;
  if (counts === undefined) {
    throw new InputError(
      `${list.path}: holds no counts; expected {"token": count, ...} with how often each token occurs`,
    );
  }
  // From the last to the first, so that the lowest id of several with the same bytes gets the count.
  const backwards = Array.from(tokens.entries()).reverse();
  const byBytes = new Map(backwards.map(([index, { bytes }]) => [bytes, index]));
  const bySpelling = new Map(backwards.map(([index, { string }]) => [string, index]));
  const ofTokens = new Array<number>(tokens.length).fill(0);
  const uncounted = { tokens: 0, occurrences: 0 };
  tokensOfList(list).forEach(({ string, bytes }, row) => {
    const index = bytes === undefined ? bySpelling.get(string) : byBytes.get(bytes);
    if (index !== undefined) {
      ofTokens[index]! += counts[row]!;
    } else {
      uncounted.tokens++;
      uncounted.occurrences += counts[row]!;
    }
  });
  return { ofTokens, uncounted };
}
