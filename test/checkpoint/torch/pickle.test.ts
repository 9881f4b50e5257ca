import { describe, expect, test } from "@jest/globals";
import { readPickle, type PickleHost, type PickleValue } from "../../../src/checkpoint/torch/pickle.js";

interface Named {
  readonly kind: string;
  readonly args?: readonly PickleValue[];
}

/** Gives back what it is asked, so that a test sees what the machine made of the bytes. */
const host: PickleHost = {
  global: (name) => ({ kind: name }),
  call: (callee, args) => ({ kind: `call ${(callee as Named).kind}`, args }) as Named,
  persistent: (id) => ({ kind: "persistent", args: [id] }) as Named,
};

const run = (text: string): PickleValue => readPickle(Buffer.from(text, "latin1"), host, "x.bin");

describe("readPickle", () => {
  test.each<[string, string, PickleValue]>([
    ["None, True, False", "N\x88\x89\x87.", [null, true, false]],
    ["small numbers", "K\xffM\xff\xff\x86.", [255, 65535]],
    ["signed numbers", "J\xff\xff\xff\xffJ\xff\xff\xff\x7f\x86.", [-1, 2147483647]],
    ["long numbers", "\x8a\x00\x8a\x01\xff\x8a\x02\xff\x00\x87.", [0, -1, 255]],
    ["a number beyond 2^53", "\x8a\x08\x01\x00\x00\x00\x00\x00\x20\x00.", 2n ** 53n + 1n],
    ["the least number of 8 bytes", "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", -(2n ** 63n)],
    ["a fraction", "G\x3f\xe0\x00\x00\x00\x00\x00\x00.", 0.5],
    ["text", "X\x03\x00\x00\x00\xe2\x96\x81\x8c\x01aU\x01b\x87.", ["▁", "a", "b"]],
    ["tuples", ")N\x85(NNt\x87.", [[], [null], [null, null]]],
    ["lists", "]Na(NNe.", [null, null, null]],
    [
      "dicts",
      "}K\x01Ns(K\x02NK\x01\x88u.",
      new Map<PickleValue, PickleValue>([
        [1, true],
        [2, null],
      ]),
    ],
    ["the memo", "\x80\x02Nq\x00K\x01r\x00\x01\x00\x00h\x00j\x00\x01\x00\x00\x86.", [null, 1]],
    ["protocol 4", "\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00K\x05\x94h\x00\x86.", [5, 5]],
    ["a global", "ca.b\nC d\n.", { kind: "a.b.C d" }],
    ["a global from the stack", "\x8c\x01a\x8c\x01b\x93.", { kind: "a.b" }],
    ["a call", "cm\nf\n(K\x01K\x02tR.", { kind: "call m.f", args: [1, 2] } as Named],
    ["a persistent id", "K\x07Q.", { kind: "persistent", args: [7] } as Named],
    ["attributes of a dict, which are dropped", "}K\x01Ns}X\x01\x00\x00\x00aNsb.", new Map([[1, null]])],
  ])("reads %s", (_title, text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  test("a key __proto__ is a key like any other", () => {
    const dict = run("}X\x09\x00\x00\x00__proto__}X\x01\x00\x00\x00aNss.");
    expect([...(dict as Map<string, unknown>).keys()]).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test.each([
    ["no byte at all", "", "ends too early"],
    ["no STOP", "N", "ends too early"],
    ["a number cut off", "J\x00\x00", "ends too early"],
    ["a text longer than the pickle", "X\xff\xff\xff\xffabc.", "ends too early"],
    ["a frame cut off", "\x95\x00", "ends too early"],
    ["a global without a line end", "cos", "ends inside a line"],
    ["text that is not UTF-8", "U\x01\xff.", "holds text that is not UTF-8"],
    ["STOP on an empty stack", ".", "takes more from its stack"],
    ["a tuple of too few", "N\x86.", "takes more from its stack"],
    ["a value below the mark", "N(\x85t.", "takes more from its stack"],
    ["no mark", "Nt.", "goes back to a mark that it did not set"],
    ["no memo", "h\x05.", "asks for the memo 5, which it did not set"],
    ["an append to a dict", "}Na.", "appends to what is no list"],
    ["an item of a list", "]NNs.", "sets items of what is no dict"],
    ["a key without value", "}(Nu.", "sets items of what is no dict"],
    ["attributes of a number", "K\x01}b.", "sets the attributes of what is no dict"],
    ["a global named by numbers", "K\x01K\x02\x93.", "names a global without text"],
    ["a call without arguments", "cm\nf\nNR.", "calls something without a tuple"],
    ["INST", "(i__main__\nX\n.", "uses the opcode 0x69, which no file of tensors needs"],
    ["OBJ", "(o.", "uses the opcode 0x6f"],
    ["NEWOBJ", "cm\nC\n)\x81.", "uses the opcode 0x81"],
    ["EXT1", "\x82\x01.", "uses the opcode 0x82"],
    ["PERSID", "P1\n.", "uses the opcode 0x50"],
  ])("refuses %s", (_title, text, message) => {
    expect(() => run(text)).toThrow(`x.bin: its pickle ${message}`);
  });

  test.each([
    ["empty dicts", "}"],
    ["empty lists", "]"],
    ["marks", "("],
    ["values", "N"],
    ["numbers beyond 2^53", "\x8a\x08\x01\x00\x00\x00\x00\x00\x20\x00"],
    ["memos", ")\x94"],
    ["items of a dict", "}NNs"],
    ["globals", "cm\nf\n"],
  ])("20 MB of %s take bounded time and memory", (_title, repeated) => {
    const before = process.memoryUsage.rss();
    const bytes = Buffer.alloc(20e6, repeated, "latin1");
    expect(() => readPickle(bytes, host, "x.bin")).toThrow(
      /^x\.bin: its pickle (makes values of more than 268435456 bytes|ends too early|ends inside a line)/,
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(1e9);
  });

  test("a list that calls copy again and again is paid for each time", () => {
    const pairs = "]q\x00(" + "NN\x86".repeat(50_000) + "e";
    const copy = "cm\nf\nh\x00\x85R";
    const copying: PickleHost = {
      ...host,
      call: (_, [list]) => new Map((list as [PickleValue, PickleValue][]).entries()),
    };
    const bytes = Buffer.from(`${pairs}${copy.repeat(10_000)}.`, "latin1");
    expect(() => readPickle(bytes, copying, "x.bin")).toThrow("makes values of more than");
  });

  test("deep nesting does not exhaust the stack", () => {
    let value = run(`${"]".repeat(200_000)}${"a".repeat(199_999)}.`);
    let depth = 1;
    for (; (value as PickleValue[]).length > 0; depth++) value = (value as PickleValue[])[0]!;
    expect(depth).toBe(200_000);
  });
});
