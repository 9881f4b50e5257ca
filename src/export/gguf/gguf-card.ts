import type { ModelCard, RuntimeUse } from "../../layout/model-card.js";

export interface GgufFiles {
  /** Name of the mmproj file in the folder. */
  readonly mmproj: string;
  /** Name of the LLM's file in the folder, or its path elsewhere. */
  readonly llm: string;
  /** Whether the LLM's file lies in the folder. */
  readonly hasLlm: boolean;
}

const AS_LIBRARY =
  "langbridge's tests run llama.cpp as a library (`@fugood/llama.node`) on such files and compare its answers";

/** How the files are used by llama.cpp's programs and by Ollama. */
export function ggufUses({ mmproj, llm, hasLlm }: GgufFiles): RuntimeUse[] {
  const files = `-m ${llm} --mmproj ${mmproj}`;
  const from = (name: string): string => `FROM ${hasLlm ? "./" : ""}${name}`;
  return [
    {
      program: "llama-mtmd-cli",
      status: `Not run here as a program: ${AS_LIBRARY}.`,
      language: "sh",
      lines: [`llama-mtmd-cli ${files} --image photo.jpg -p "What is this?" --temp 0`],
    },
    {
      program: "llama-server",
      status: `Not run here as a program: ${AS_LIBRARY}.`,
      language: "sh",
      lines: [`llama-server ${files}`],
    },
    {
      program: "llama-cpp-python's server",
      status:
        "Run by hand (0.3.36, with CLIP's class token in front): `langbridge eval --endpoint` got the answers of `langbridge eval`.",
      language: "sh",
      lines: [`python -m llama_cpp.server --model ${llm} --clip_model_path ${mmproj} --chat_format mtmd`],
    },
    {
      program: "Ollama",
      status:
        "Not run here: written as Ollama's documentation of imports says. Save it as `Modelfile`, then `ollama create NAME`.",
      language: "dockerfile",
      lines: [from(llm), `FROM ./${mmproj}`, "PARAMETER temperature 0"],
    },
  ];
}

/** Tags of the hub for GGUF files that see. */
export const GGUF_TAGS: ModelCard["tags"] = { library_name: "gguf", pipeline_tag: "image-text-to-text" };
