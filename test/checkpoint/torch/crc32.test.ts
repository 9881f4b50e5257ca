import { describe, expect, test } from "@jest/globals";
import { crc32, tableCrc32 } from "../../../src/checkpoint/torch/crc32.js";

describe.each([
  ["crc32", crc32],
  ["tableCrc32", tableCrc32],
])("%s", (_name, checksum) => {
  test("gives the check value of the standard, at once and in pieces", () => {
    expect(checksum(Buffer.from("123456789"))).toBe(0xcbf43926);
    expect(checksum(Buffer.from("6789"), checksum(Buffer.from("12345")))).toBe(0xcbf43926);
    expect(checksum(new Uint8Array())).toBe(0);
  });

  test("agrees for every byte value", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(checksum(bytes)).toBe(0x29058c73);
  });
});
