import type { ModelCard, RuntimeUse } from "../../layout/model-card.js";
import { usageOf } from "./remarks.js";

/** How a folder for transformers is used by the programs that read such folders. */
export function llavaUses(): RuntimeUse[] {
  return [
    {
      program: "transformers",
      status: "langbridge's comparisons run it (transformers 5.24): greedy answers are those of `langbridge eval`.",
      language: "python",
      lines: usageOf(".").lines,
    },
    {
      program: "vLLM",
      status:
        "Not run here: names, shapes and settings are those that its loader of LLaVA asks for, which a test compares.",
      language: "sh",
      lines: ["vllm serve . --limit-mm-per-prompt '{\"image\": 1}'"],
    },
  ];
}

/** Tags of the hub for such a folder. */
export const LLAVA_TAGS: ModelCard["tags"] = { library_name: "transformers", pipeline_tag: "image-text-to-text" };
