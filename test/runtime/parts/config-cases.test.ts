import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../../src/errors.js";
import { relativeError } from "../../helpers/goldens.js";
import { writeNumberedModel, type NumberedModel } from "../../helpers/numbered-weights.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

/** What transformers answers; test/goldens/make/config_cases.py wrote it. */
interface Golden extends NumberedModel {
  readonly prompt: readonly number[];
  /** Every fourth logit behind the prompt. */
  readonly prefill: readonly number[];
  readonly greedy: readonly number[];
  /** The same behind the greedy tokens. */
  readonly decode: readonly number[];
}

const GOLDENS = join(import.meta.dirname, "..", "..", "goldens", "config-cases.json");
const goldens = JSON.parse(readFileSync(GOLDENS, "utf8")) as Golden[];
const root = temporaryFolder();

const everyFourth = (logits: Float32Array): Float32Array => logits.filter((_, i) => i % 4 === 0);

/** Settings that transformers runs and this tool refuses. */
const REFUSED =
  /: (?:hidden_act|hidden_activation|rope_\w+\.rope_type|rope_\w+\.partial_rotary_factor|partial_rotary_factor|is_causal|attn_logit_softcapping) is |heads of \d+ dimensions|the context holds/;

describe("config.json files as people have them", () => {
  const refused: string[] = [];

  test.each(goldens.map((golden) => [golden.name, golden] as const))(
    "%s gives transformers' logits, or is refused by name",
    async (name, golden) => {
      const { prompt, prefill, greedy, decode } = golden;
      const folder = writeNumberedModel(root, golden);
      try {
        await withModel({ llm: folder, cacheFolder: root, threads: 1 }, async ({ llm }) => {
          const logits = await llm!.logits({ embeddings: llm!.embed(prompt) });
          expect(relativeError(everyFourth(logits), prefill)).toBeLessThan(1e-4);
          const prefix = await llm!.start(llm!.embed([...prompt, ...greedy].slice(0, -1)));
          const last = await llm!.logits({ prefix, embeddings: llm!.embed(greedy.slice(-1)) });
          expect(relativeError(everyFourth(last), decode)).toBeLessThan(1e-4);
        });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        expect(error.message).toMatch(REFUSED);
        refused.push(name);
      }
    },
  );

  test("are refused seldom", () => expect(refused.length).toBeLessThan(goldens.length / 4));
});
