import { useMemo } from "preact/hooks";
import type { ExplainPageData } from "../../src/explain/page/page-data.js";
import type { Picture } from "./pictures.js";
import { tokensOfPatches, totalsOf, type TokenChoice } from "./tokens.js";

/** How many tokens of a picture are listed. */
const LISTED = 25;

export interface TokenTableProps {
  readonly data: ExplainPageData;
  readonly picture: Picture;
  readonly threshold: number;
  readonly tokens: TokenChoice;
}

/** The heaviest tokens of the picture; pointing at one lights its patches, pressing it keeps them lit. */
export function TokenTable({ data, picture, threshold, tokens }: TokenTableProps) {
  const totals = useMemo(
    () => (picture.patches ?? []).map((patches) => totalsOf(tokensOfPatches(patches, threshold))),
    [picture.patches, threshold],
  );
  return (
    <div class="totals">
      <h3>Tokens of the picture</h3>
      <p class="fact">
        Point at a token to light its patches; press it to keep them lit. Ġ or ▁ in front: a word begins.
      </p>
      <div class="columns">
        {totals.map((list, view) => {
          const { adapter, tokens: labels } = data.views[view]!;
          const most = Math.max(0.01, Math.abs(list[0]?.weight ?? 0));
          return (
            <div key={view}>
              {data.views.length > 1 ? <h4>{adapter}</h4> : null}
              <ol>
                {list.slice(0, LISTED).map(({ place, weight, patches }) => (
                  <li key={place}>
                    <TokenButton
                      token={labels[place]!}
                      weight={weight}
                      share={Math.abs(weight) / most}
                      choice={tokens}
                      note={`in ${patches} of ${data.grid.rows * data.grid.columns} patches`}
                    />
                  </li>
                ))}
              </ol>
            </div>
          );
        })}
      </div>
    </div>
  );
}

export interface TokenButtonProps {
  readonly token: string;
  readonly weight: number;
  /** Of the bar, 0 to 1. */
  readonly share: number;
  readonly choice: TokenChoice;
  readonly note?: string;
}

/** A token with its weight as a bar. */
export const TokenButton = ({ token, weight, share, choice, note }: TokenButtonProps) => (
  <button
    type="button"
    class="token"
    aria-pressed={choice.pinned === token}
    onPointerEnter={() => choice.point(token)}
    onPointerLeave={() => choice.point(null)}
    onFocus={() => choice.point(token)}
    onBlur={() => choice.point(null)}
    onClick={() => choice.pin(token)}
  >
    <span class="name">{token}</span>
    <span class="weight">{weight.toFixed(2)}</span>
    <svg class="bar" width="100%" height="4" aria-hidden="true">
      <rect class={weight < 0 ? "below" : "above"} width={`${(100 * share).toFixed(1)}%`} height="4" />
    </svg>
    {note === undefined ? null : <small>{note}</small>}
  </button>
);
