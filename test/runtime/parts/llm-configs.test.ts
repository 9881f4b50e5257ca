import { describe, expect, test } from "@jest/globals";
import { relativeError } from "../../helpers/goldens.js";
import { CONFIG_GOLDENS } from "../../helpers/llm-config-goldens.js";
import { writeNumberedModel } from "../../helpers/numbered-weights.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();

describe("LLMs of random configs", () => {
  test.each(CONFIG_GOLDENS.map((golden) => [golden.name, golden] as const))(
    "%s gives PyTorch's logits",
    async (_, golden) => {
      const { prompt, prefill, greedy, decode } = golden;
      // The greedy tokens go on whatever they are, where the class of a family has one that ends an answer.
      const folder = writeNumberedModel(root, { ...golden, config: { ...golden.config, eos_token_id: null } });
      // Up to its original positions a model turns them by other factors than beyond.
      const { original_max_position_embeddings: original = 0 } = golden.config as Partial<Record<string, number>>;
      const contextLength = original > prompt.length + greedy.length ? original : 64;
      await withModel({ llm: folder, cacheFolder: root, threads: 1, contextLength }, async ({ llm }) => {
        expect(relativeError(await llm!.logits({ embeddings: llm!.embed(prompt) }), prefill)).toBeLessThan(1e-4);
        const { tokens } = await llm!.generate({ embeddings: llm!.embed(prompt), maxTokens: greedy.length });
        expect(tokens).toEqual(greedy);
        // In parts, so that windows and rotary positions are those of a sequence that grows.
        const all = [...prompt, ...greedy];
        const prefix = await llm!.start(llm!.embed(all.slice(0, -3)));
        const logits = await llm!.logits({ prefix, embeddings: llm!.embed(all.slice(-3)) });
        expect(relativeError(logits, decode)).toBeLessThan(1e-4);
      });
    },
  );
});
