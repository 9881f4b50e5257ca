import type { VocabularySummary } from "./vocabulary-summary.js";
import type { Section } from "../layout/sections.js";
import { count } from "../layout/numbers.js";
import { visible } from "../layout/table.js";

/** What a tokenizer, or each of two, holds. */
export function vocabularySection(summaries: readonly VocabularySummary[]): Section {
  const row = (name: string, value: (summary: VocabularySummary) => string): string[] => [
    name,
    ...summaries.map(value),
  ];
  return {
    columns: [{ header: "" }, ...summaries.map(({ name }) => ({ header: visible(name) }))],
    rows: [
      row("tokenizer", ({ tokenizer }) => tokenizer ?? "rows of an adapter"),
      row(
        "tokens",
        ({ tokens, size }) =>
          `${count(tokens)}${size === undefined || size === tokens ? "" : ` in ${count(size)} ids`}`,
      ),
      row("  text", ({ kinds }) => count(kinds.text)),
      row("  byte", ({ kinds }) => count(kinds.byte)),
      row("  special", ({ kinds }) => count(kinds.special)),
      row("  reserved", ({ kinds }) => count(kinds.reserved)),
      row("  unused", ({ kinds }) => count(kinds.unused)),
    ],
    remarks: summaries.flatMap(({ name, notes }) => notes.map((note) => `${visible(name)}: ${note}`)),
  };
}

/** Special tokens by their roles. */
export function rolesSection({ roles }: VocabularySummary): Section {
  const rolesOf = new Map<string, string[]>();
  for (const [role, spelling] of Object.entries(roles)) rolesOf.set(spelling, [...(rolesOf.get(spelling) ?? []), role]);
  return {
    columns: [{ header: "special token" }, { header: "roles" }],
    rows: [...rolesOf].map(([spelling, names]) => [visible(spelling), names.map(visible).join(", ")]),
  };
}
