import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe } from "@jest/globals";

/** Real tokenizers, vocabularies and benchmark annotations that lie beside the checkout and are never copied into it. */
export const SHARED_DATA = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "shared", "data");

export const hasSharedData = existsSync(SHARED_DATA);

if (!hasSharedData) {
  process.stderr.write(`NOTE: ${SHARED_DATA} is absent: the tests on real data are skipped\n`);
}

/** `describe` for tests that need the real data; skipped, and named at the end of the run, where it is absent. */
export const describeWithSharedData = hasSharedData ? describe : describe.skip;
