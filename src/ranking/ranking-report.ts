import { count, percent } from "../layout/numbers.js";
import { sectionsAsText } from "../layout/sections.js";
import type { MadeVocabulary } from "./make-vocabulary.js";

/** Width of the longest bar. */
const BAR = 40;

/** What `vocab` made, with coverage over size as bars. */
export function rankingText(made: MadeVocabulary, { colour = false } = {}): string {
  const step = Math.max(1, Math.ceil(made.curve.length / 16));
  const shown = made.curve.filter((_, at) => at % step === 0 || at === made.curve.length - 1);
  return sectionsAsText(
    [
      {
        title: `${count(made.size)} tokens cover ${percent(made.coverage)} of the text`,
        columns: [{ header: "file" }],
        rows: made.files.map((file) => [file]),
        remarks: [
          `${count(made.shared)} tokens came that ${made.tokenizers.join(" and ")} have; ${count(made.unshared.tokens)} that one of them lacks, ${percent(made.unshared.occurrences / made.occurrences)} of the text`,
        ],
      },
      {
        title: "coverage by size",
        columns: [{ header: "tokens", align: "right" }, { header: "coverage", align: "right" }, { header: "" }],
        rows: shown.map(({ size, coverage }) => [
          count(size),
          percent(coverage),
          "█".repeat(Math.round(BAR * coverage)),
        ]),
      },
    ],
    { colour },
  );
}
