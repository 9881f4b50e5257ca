import type { LlmDescription } from "./describe-llm.js";
import type { Inspection } from "./inspect.js";
import { adapterSections } from "./adapter-sections.js";
import type { Section } from "../layout/sections.js";
import { count } from "../layout/numbers.js";
import { printable } from "../layout/table.js";
import { rolesSection, vocabularySection } from "./vocabulary-sections.js";

/** What one folder holds, for the terminal and for HTML. */
export function inspectionSections({ adapter, llm, vocabulary, notes }: Inspection): Section[] {
  return [
    ...(adapter ? adapterSections(adapter) : []),
    ...(llm ? [llmSection(llm)] : []),
    ...(vocabulary ? [vocabularySection([vocabulary]), rolesSection(vocabulary)] : []),
    ...(notes.length > 0 ? [{ columns: [], rows: [], remarks: notes.map((note) => `note: ${printable(note)}`) }] : []),
  ];
}

function llmSection({ family, architecture, layers, parameters, bytes, files, embedding }: LlmDescription): Section {
  const { tensor, file, dtype, rows, hiddenSize, tied } = embedding;
  return {
    columns: [{ header: "" }, { header: "" }],
    rows: [
      ["LLM", [family, architecture, layers && `${layers} layers`].filter(Boolean).join(", ")],
      [
        "weights",
        `${count(parameters)} parameters, ${size(bytes)} in ${count(files)} ${files === 1 ? "file" : "files"}`,
      ],
      ["embeddings", `"${tensor}" in ${file}`],
      [
        "",
        `${count(rows)} x ${count(hiddenSize)}, ${dtype}, ${tied ? "tied to the output head" : "apart from the output head"}`,
      ],
    ],
  };
}

const size = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
