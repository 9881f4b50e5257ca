import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { imageMarking, questionAboutImage } from "../../src/prompt/question.js";
import type { TokenizerVocabulary } from "../../src/vocabulary/token.js";

describe("questionAboutImage", () => {
  test("the image comes first, on a line of its own", () => {
    expect(questionAboutImage("What?")).toBe("<image>\nWhat?");
    expect(questionAboutImage("What?", "startEnd")).toBe("<im_start><image><im_end>\nWhat?");
  });

  test("a question that places its image keeps it there", () => {
    expect(questionAboutImage("In <image>, what?")).toBe("In <image>, what?");
    expect(questionAboutImage("In <image>, what?", "startEnd")).toBe("In <im_start><image><im_end>, what?");
  });
});

describe("imageMarking", () => {
  const vocabulary = (...tokens: string[]): TokenizerVocabulary =>
    ({
      folder: "llm",
      idOfString: new Map(tokens.map((token, id) => [token, id])),
    }) as Partial<TokenizerVocabulary> as TokenizerVocabulary;

  test("mm_use_im_start_end decides, and needs its two tokens", () => {
    expect([undefined, null, false].map((value) => imageMarking(value, vocabulary(), "x"))).toEqual(
      Array.from({ length: 3 }, () => "plain"),
    );
    expect(imageMarking(true, vocabulary("<im_start>", "<im_end>"), "x")).toBe("startEnd");
  });

  test.each([
    [true, /^config\.json: mm_use_im_start_end is true, but the tokenizer of llm has no <im_end>; use the tokenizer/],
    ["yes", /^config\.json: mm_use_im_start_end is "yes", expected true or false$/],
  ])("%j is refused where it cannot be followed", (value, message) => {
    const marking = () => imageMarking(value, vocabulary("<im_start>"), "config.json");
    expect(marking).toThrow(InputError);
    expect(marking).toThrow(message);
  });
});
