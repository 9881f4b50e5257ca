import { getSystemErrorMap } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { InputError, LangbridgeError } from "../../src/errors.js";
import { describeSystemError } from "../../src/files/system-error.js";

const ofSystem = (code: string): Error => Object.assign(new Error(`${code}: raw, open 'x'`), { code, errno: -1 });

describe("describeSystemError", () => {
  test("every error that the system knows becomes one line with where, what and a way out", () => {
    for (const [code] of getSystemErrorMap().values()) {
      const error = describeSystemError(ofSystem(code), "/some/path", "cannot be written");
      expect(error).toBeInstanceOf(LangbridgeError);
      expect(error.message).toMatch(/^\/some\/path: cannot be written: [^\n]{10,}$/);
      expect(error.message).not.toContain("raw");
    }
  });

  test.each([
    ["EBUSY", /a mount point/],
    ["ENOTEMPTY", /another program has put something there meanwhile/],
    ["ENAMETOOLONG", /choose a shorter one/],
    ["EMFILE", /ulimit -n/],
    ["EIO", /the disk or the way to it fails/],
    ["ECONNRESET", /connection reset by peer \(ECONNRESET\); try again, or choose another place/],
  ])("%s says the way out", (code, wayOut) => {
    expect(describeSystemError(ofSystem(code), "p", "cannot be written").message).toMatch(wayOut);
  });

  test("other errors pass unchanged: those of this tool, and faults in its code", () => {
    for (const error of [
      new InputError("ours"),
      new TypeError("a fault"),
      Object.assign(new Error("x"), { code: 7 }),
    ]) {
      expect(describeSystemError(error, "p", "cannot be read")).toBe(error);
    }
  });
});
