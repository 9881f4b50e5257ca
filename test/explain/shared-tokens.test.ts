import { describe, expect, test } from "@jest/globals";
import type { PatchTokens } from "../../src/explain/patch-tokens.js";
import { meanShared, sharedTokens, tokenKey } from "../../src/explain/shared-tokens.js";
import type { SourceToken } from "../../src/vocabulary/source-token.js";

const text = (string: string, bytes: string): SourceToken => ({ string, bytes, kind: "text", roles: [] });
const byteLevel = [text("Ġsmall", " small"), text("Ġred", " red"), text("Ċ", "\n")];
const sentencePiece = [text("<0x0A>", "\n"), text("▁red", " red"), text("▁big", " big")];
const patch = (...tokens: [row: number, weight: number][]): PatchTokens => ({
  tokens: tokens.map(([row, weight]) => ({ row, weight })),
});

describe("sharedTokens", () => {
  const first = { tokens: byteLevel, patches: [patch([0, 0.6], [1, 0.4]), patch([2, 2])] };
  const second = { tokens: sentencePiece, patches: [patch([1, 0.5], [2, -0.5]), patch([0, 1])] };

  test("is the share of the weight on tokens that the other shows too, compared as bytes", () => {
    const { ofFirst, ofSecond } = sharedTokens(first, second);
    expect(ofFirst).toBeCloseTo((0.4 + 1) / 2, 12);
    expect(ofSecond).toBeCloseTo((0.5 + 1) / 2, 12);
  });

  test("says what a patch drawn by lot would share", () => {
    // red is in one of two patches of each, the line break too: 0.4 / 2 and 1 / 2; 0.5 / 2 and 1 / 2.
    expect(sharedTokens(first, second).byChance).toBeCloseTo(((0.2 + 0.5) / 2 + (0.25 + 0.5) / 2) / 2, 12);
  });

  test("of an adapter with itself is 1, and of patches without tokens 0", () => {
    expect(sharedTokens(first, first)).toMatchObject({ ofFirst: 1, ofSecond: 1 });
    const nothing = { tokens: byteLevel, patches: [patch(), patch()] };
    expect(sharedTokens(nothing, first)).toEqual({ ofFirst: 0, ofSecond: 0, byChance: 0 });
  });

  test("over images is the mean", () => {
    const [one, other] = [sharedTokens(first, second), sharedTokens(first, first)];
    expect(meanShared([one, other]).ofFirst).toBeCloseTo((one.ofFirst + 1) / 2, 12);
  });
});

test("special tokens are the same when they do the same, and others by their spelling", () => {
  const special = (string: string, roles: string[]): SourceToken => ({ string, kind: "special", roles });
  expect(tokenKey(special("<s>", ["bos"]))).toBe(tokenKey(special("<|begin_of_text|>", ["bos"])));
  expect(tokenKey(special("<a>", []))).not.toBe(tokenKey(special("<b>", [])));
});
