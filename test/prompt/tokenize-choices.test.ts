import { describe, expect, test } from "@jest/globals";
import { tokenizeChoices } from "../../src/prompt/tokenize-choices.js";
import type { Prompt } from "../../src/prompt/prompt.js";
import type { Encoder } from "../../src/tokenizer/encoder.js";

/** Words with the space before them, "<end>" and what is left, in the order in which they are first seen. */
const known: string[] = ["<bos>", "<end>"];
const idOf = (text: string): number => (known.includes(text) ? known.indexOf(text) : known.push(text) - 1);
const encoder = {
  front: [0],
  encode: (text: string) => (text.match(/<end>| ?\w+|\s|[^\s\w]/g) ?? []).map(idOf),
  vocabulary: { kinds: ["special", "special"] },
} as unknown as Encoder;

function split(text: string, choices: readonly string[], front: Prompt["front"] = "once") {
  const { prompt, continuations } = tokenizeChoices(encoder, { text, front, stop: [] }, choices);
  const spell = (ids: readonly number[]): string[] => ids.map((id) => known[id]!);
  return {
    prompt: prompt.map((segment) => (segment === "image" ? "image" : spell(segment))),
    choices: continuations.map(spell),
  };
}

describe("tokenizeChoices", () => {
  test("a choice comes after a space, and tokens behind the prompt's are its own", () => {
    expect(split("A:", ["red", "dark green"])).toEqual({
      prompt: [["<bos>", "A", ":"]],
      choices: [[" red"], [" dark", " green"]],
    });
  });

  test.each([
    ["A:\n", ["red"], [["red"]]],
    ["A<end>", ["red"], [["red"]]],
    ["", ["red"], [["red"]]],
    ["A:", [" red"], [[" red"]]],
  ])("%j and %j run together as they are", (text, choices, expected) => {
    expect(split(text, choices).choices).toEqual(expected);
  });

  test("a space at the end that a choice takes into its token belongs to every choice", () => {
    expect(split("A: ", ["red", "?"])).toEqual({ prompt: [["<bos>", "A", ":"]], choices: [[" red"], [" ", "?"]] });
  });

  test("only what follows the image can be parted, and may end empty", () => {
    expect(split("See <image>", ["red"])).toEqual({
      prompt: [["<bos>", "See", " "], "image", []],
      choices: [[" red"]],
    });
    expect(split("See <image>: ", ["red"])).toEqual({
      prompt: [["<bos>", "See", " "], "image", [":"]],
      choices: [[" red"]],
    });
  });

  test("a choice that the prompt's last token swallows is scored by that token", () => {
    expect(split("A: re", ["\u0301"]).choices[0]!.length).toBeGreaterThan(0);
  });
});
