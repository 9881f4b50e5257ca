import { describe, expect, test } from "@jest/globals";
import { looksLikeControl, looksReserved, looksUnused, roleOfName } from "../../src/vocabulary/roles.js";

describe("roles by name", () => {
  test.each([
    ["<|endoftext|>", "end-of-text"],
    ["</s>", "end-of-text"],
    ["<｜end▁of▁sentence｜>", "end-of-text"],
    ["<|end_of_text|>", "end-of-text"],
    ["<s>", "begin-of-text"],
    ["<|im_start|>", "header-start"],
    ["<|start_header_id|>", "header-start"],
    ["<start_of_turn>", "header-start"],
    ["<|eot_id|>", "turn-end"],
    ["<|end|>", "turn-end"],
    ["[CLS]", "cls"],
    ["<|user|>", "role-user"],
    ["<|box_start|>", "box_start"],
    ["<extra_id_7>", "extra_id_7"],
  ])("%s is %s", (spelling, role) => expect(roleOfName(spelling)).toBe(role));

  test.each([
    "<|reserved_special_token_250|>",
    "<|placeholder3|>",
    "<SPECIAL_12>",
    "<｜place▁holder▁no▁0｜>",
    "[control_8]",
  ])("%s is reserved", (spelling) => expect(looksReserved(spelling)).toBe(true));

  test.each(["<extra_id_0>", "<|special|>", "<|eot_id|>", "reserved_1"])("%s is not reserved", (spelling) =>
    expect(looksReserved(spelling)).toBe(false),
  );

  test.each(["[unused1]", "<unused99>", ">>UNUSED_12<<", "madeupword0002", ""])("%j is unused", (spelling) =>
    expect(looksUnused(spelling)).toBe(true),
  );

  test.each(["unused", "[unused]", "madeupword", "<unused>"])("%s is not counted as unused", (spelling) =>
    expect(looksUnused(spelling)).toBe(false),
  );

  test.each([
    ["<tool_call>", true],
    ["</tool_call>", true],
    ["[INST]", true],
    ["<a b>", false],
    ["a>", false],
    ["<>", false],
  ])("%s looks like a control token: %s", (spelling, looks) => expect(looksLikeControl(spelling)).toBe(looks));
});
