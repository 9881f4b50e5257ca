import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openLlm } from "../../../src/model/llm/llm-folder.js";
import { readGenerationSettings } from "../../../src/model/llm/generation-settings.js";
import { MODELS } from "../../helpers/goldens.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

/** What transformers' generate answers; test/goldens/make/generation.py wrote it. */
interface Golden {
  readonly model: string;
  readonly generation: object | null;
  readonly eos: unknown;
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly fromEmbeddings: readonly number[];
}

const goldens = JSON.parse(readFileSync(join(MODELS, "..", "generation.json"), "utf8")) as Golden[];
const root = temporaryFolder();
let folders = 0;
const STEPS = 20;

/** A copy of a tiny LLM with another generation_config.json, or with none. */
function folderWith(model: string, generation: object | null, eos?: unknown): string {
  const folder = join(root, String(folders++));
  cpSync(join(MODELS, model), folder, { recursive: true });
  const path = join(folder, "config.json");
  const config = JSON.parse(readFileSync(path, "utf8")) as object;
  writeFileSync(path, JSON.stringify({ ...config, eos_token_id: eos }));
  if (generation !== null) writeFileSync(join(folder, "generation_config.json"), JSON.stringify(generation));
  return folder;
}

const notes = async (generation: object, eos: unknown = 2): Promise<readonly string[]> =>
  (await readGenerationSettings(await openLlm(folderWith("llama-tied", generation, eos)))).notFollowed;

describe("generation_config.json", () => {
  test("is tried with every setting, in answers that it changes", () => {
    const named = new Set(goldens.flatMap(({ generation }) => Object.keys(generation ?? {})));
    expect(named.size).toBe(9);
    expect(
      goldens.filter(({ tokens, fromEmbeddings }) => String(tokens) !== String(fromEmbeddings)).length,
    ).toBeGreaterThan(3);
    expect(goldens.filter(({ tokens }) => tokens.length < STEPS).length).toBeGreaterThan(10);
  });

  test.each(goldens.map((golden) => [golden.model, JSON.stringify(golden.generation).slice(0, 100), golden] as const))(
    "%s with %s answers as in transformers",
    async (_model, _settings, { model, generation, eos, prompt, tokens, fromEmbeddings }) => {
      const folder = folderWith(model, generation, eos);
      await withModel({ llm: folder, cacheFolder: root, threads: 1 }, async ({ llm }) => {
        const embeddings = llm!.embed(prompt);
        const fromTokens = await llm!.generate({ embeddings, promptTokens: prompt, maxTokens: STEPS });
        expect(fromTokens.tokens).toEqual(tokens);
        expect((await llm!.generate({ embeddings, maxTokens: STEPS })).tokens).toEqual(fromEmbeddings);
        const prefix = await llm!.start(embeddings.subarray(0, llm!.info.hiddenSize));
        if (prompt.length === 1) return;
        const rest = { prefix, embeddings: embeddings.subarray(llm!.info.hiddenSize), maxTokens: STEPS };
        expect((await llm!.generate({ ...rest, promptTokens: prompt })).tokens).toEqual(tokens);
      });
    },
  );

  test("says what of it is not followed", async () => {
    expect(
      await notes({ eos_token_id: 2, num_beams: 4, guidance_scale: 1.5, penalty_alpha: 0, do_sample: true }),
    ).toEqual([
      expect.stringMatching(
        /: generation_config\.json asks for num_beams 4, which is not followed: answers are greedy$/,
      ),
      expect.stringMatching(/asks for guidance_scale 1\.5, which is not followed/),
    ]);
    expect(await notes({ eos_token_id: 2, num_beams: 1, forced_eos_token_id: null })).toEqual([]);
  });

  test("without eos_token_id ends no answer, which is said where config.json has one", async () => {
    const [note] = await notes({ temperature: 0.7 });
    expect(note).toMatch(/names no eos_token_id, so that answers end at their longest, as in transformers/);
    expect(await notes({ temperature: 0.7 }, null)).toEqual([]);
  });

  test.each([
    [{ repetition_penalty: 0 }, /"repetition_penalty": /],
    [{ no_repeat_ngram_size: 1.5 }, /"no_repeat_ngram_size": /],
    [{ eos_token_id: "</s>" }, /"eos_token_id": /],
    [{ bad_words_ids: [[]] }, /"bad_words_ids\.0": /],
  ])("with %j is refused by name", async (generation, message) => {
    await expect(notes(generation)).rejects.toThrow(message);
  });
});
