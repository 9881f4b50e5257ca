import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { sha256, sha256OfChunks, sha256OfFile } from "../../src/files/hash.js";
import { CHUNK_BYTES } from "../../src/files/stream-bytes.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const folder = temporaryFolder();
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1

describe("sha256", () => {
  test("is the standard's for text, bytes, chunks and files", async () => {
    const path = join(folder, "abc");
    writeFileSync(path, "abc");
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      yield await Promise.resolve(Buffer.from("bc"));
    }
    expect(sha256("abc")).toBe(ABC);
    expect(sha256(Buffer.from("abc"))).toBe(ABC);
    expect(await sha256OfChunks(chunks())).toBe(ABC);
    expect(await sha256OfFile(path)).toBe(ABC);
  });

  test("of a file longer than a chunk is that of its bytes, and of an empty one that of nothing", async () => {
    const bytes = new Uint8Array(2 * CHUNK_BYTES + 1).fill(7);
    writeFileSync(join(folder, "long"), bytes);
    writeFileSync(join(folder, "empty"), "");
    expect(await sha256OfFile(join(folder, "long"))).toBe(sha256(bytes));
    expect(await sha256OfFile(join(folder, "empty"))).toBe(sha256(""));
  });

  test("of a file stops when the signal fires", async () => {
    const stopped = sha256OfFile(join(folder, "long"), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ name: "InterruptedError" });
  });
});
