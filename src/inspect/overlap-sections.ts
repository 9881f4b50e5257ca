import type { Overlap } from "./overlap.js";
import type { MatchClass } from "../vocabulary/row-match.js";
import type { Cell, Section } from "../layout/sections.js";
import { count } from "../layout/numbers.js";
import { visible, right } from "../layout/table.js";
import { vocabularySection } from "./vocabulary-sections.js";

/** What the classes are called for people. */
const CLASS_NAMES: Partial<Readonly<Record<MatchClass, string>>> = {
  exact: "exact bytes",
  byte: "byte token",
  special: "special role",
  subword: "pieces",
  missing: "missing",
};

const className = (match: MatchClass): string => CLASS_NAMES[match] ?? match;
/** How two vocabularies overlap, for the terminal and for HTML. */
export function overlapSections(overlap: Overlap): Section[] {
  return [
    vocabularySection([overlap.source, overlap.target]),
    classSection(overlap),
    rowsSection(overlap),
    coverageSection(overlap),
    scriptSection(overlap),
    exampleSection(overlap),
  ];
}

function classSection({ classes, missing, strings, union, uncounted }: Overlap): Section {
  const weighted = classes.some(({ ofOccurrences }) => ofOccurrences !== undefined);
  return {
    columns: [
      { header: "source tokens by class" },
      right("tokens"),
      right("of source"),
      right("of target"),
      right("of union"),
      ...(weighted ? [right("of occurrences")] : []),
    ],
    rows: classes.map((share): Cell[] => [
      className(share.match),
      count(share.sourceTokens),
      { share: share.ofSource },
      { share: share.ofTarget },
      { share: share.ofUnion },
      ...(weighted ? [{ share: share.ofOccurrences ?? 0 }] : []),
    ]),
    remarks: [
      `union ${count(union)}; comparing spellings would find ${count(strings.found)}, ${count(strings.wrong.length)} of them other bytes, ` +
        `and miss ${count(strings.onlyByBytes.length)}`,
      ...(classes.some(({ match, sourceTokens }) => match === "missing" && sourceTokens > 0)
        ? [missingLine(missing)]
        : []),
      ...(uncounted && uncounted.tokens > 0
        ? [
            `${count(uncounted.tokens)} counted tokens (${count(uncounted.occurrences)} occurrences) are not in the source`,
          ]
        : []),
    ],
  };
}

function missingLine(missing: Overlap["missing"]): string {
  const parts = Object.entries(missing).filter(([, tokens]) => tokens > 0);
  return `missing are ${parts.map(([kind, tokens]) => `${count(tokens)} ${kind}`).join(", ")}`;
}

function rowsSection({ rowsPerToken }: Overlap): Section {
  const last = rowsPerToken.length;
  return {
    columns: [
      { header: "target rows a token is made of" },
      ...rowsPerToken.map((_, i) => right(i + 1 === last ? `${last}+` : String(i + 1))),
    ],
    rows: [["tokens", ...rowsPerToken.map(count)]],
  };
}

function coverageSection({ coverage }: Overlap): Section {
  const weighted = coverage.some(({ ofOccurrences }) => ofOccurrences !== undefined);
  const shares = ({ whole, subword, missing }: { whole: number; subword: number; missing: number }): Cell[] => [
    { share: whole },
    { share: subword },
    { share: missing },
  ];
  const points = coverage.map(({ first, ofOccurrences, ...tokens }) => [
    count(first),
    ...shares(ofOccurrences ?? tokens),
  ]);
  return {
    columns: [
      right(weighted ? "most frequent tokens" : "first tokens"),
      right(weighted ? "occurrences whole" : "whole"),
      right("in pieces"),
      right("missing"),
    ],
    rows: points,
  };
}

function scriptSection({ scripts }: Overlap): Section {
  return {
    columns: [{ header: "script" }, right("tokens"), right("whole"), right("in pieces"), right("missing")],
    rows: scripts.map(({ script, tokens, whole, subword, missing }) => [
      script,
      count(tokens),
      { share: whole / tokens },
      { share: subword / tokens },
      { share: missing / tokens },
    ]),
  };
}

function exampleSection({ examples }: Overlap): Section {
  return {
    columns: [{ header: "class" }, { header: "token" }, { header: "made of" }],
    rows: examples.map(({ match, text, target }) => [
      className(match),
      visible(text),
      target.map(visible).join(" + ") || "-",
    ]),
  };
}
