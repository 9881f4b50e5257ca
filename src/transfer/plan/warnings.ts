import { chosenError, type FillFacts } from "../missing/fill-missing.js";
import { percent } from "../../layout/numbers.js";
import type { LlmVocabulary } from "../../model/llm/llm-folder.js";
import type { RowPlan } from "../rows/row-plan.js";
import type { TransferSource } from "../rows/source.js";

interface Situation {
  readonly fill?: FillFacts | undefined;
  readonly source: TransferSource;
  readonly target: LlmVocabulary;
  readonly rowPlan: RowPlan;
}

/** What a person should know before they trust the result; each rule gives one line or none. */
const RULES: readonly ((situation: Situation) => string | undefined)[] = [
  ({ source }) => {
    if (source.rowTokens.counts === undefined) return undefined;
    return `${source.rowTokens.from} holds how often each token occurs, not token ids; its order and tokens are used, the ids come from the tokenizer`;
  },
  ({ source, target }) => {
    const made = source.adapter.config.langbridge?.target;
    if (made?.tokenizer_sha256 !== target.tokenizerSha256 || made.config_sha256 !== target.configSha256)
      return undefined;
    return `${source.adapter.name} was already made for ${made.name}; the same tokenizer and config are the target now`;
  },
  ({ source }) => {
    if (!source.adapter.hasTunedTower) return undefined;
    return "the source checkpoint holds a tuned vision tower; the adapter needs that tower, so take it along instead of the stock one";
  },
  ({ source }) => {
    if (source.adapter.imageNewline === undefined) return undefined;
    const [width] = source.adapter.imageNewline.shape;
    return `image_newline (${width}) has the width of the source LLM and is left out; LLaVA-NeXT's training learns a new one`;
  },
  ({ target }) => {
    const { table, tokenizer } = target;
    if (table.vocabSize >= tokenizer.size) return undefined;
    return `the table of ${target.name} has ${table.vocabSize} rows, its tokenizer ${tokenizer.size} ids; none of the ids beyond is used here`;
  },
  ({ target, rowPlan }) => {
    if (rowPlan.coverage.rows.dropped <= 0.5) return undefined;
    return `${percent(rowPlan.coverage.rows.dropped)} of the rows are dropped; are the vocabulary and ${target.name} the ones that were meant?`;
  },
  ({ fill }) => {
    if (fill === undefined || chosenError(fill) < 1) return undefined;
    return `${fill.strategy} predicts shared tokens no better than rows of zeros would (${percent(chosenError(fill))} of their squared norm is missed): the two tables are hardly related; --missing subword uses the spelling instead`;
  },
  ({ target }) => (target.tokenizer.notes.length === 0 ? undefined : target.tokenizer.notes.join("; ")),
];

export function transferWarnings(situation: Situation): readonly string[] {
  return RULES.flatMap((rule) => rule(situation) ?? []);
}
