import type { ExplainPageData } from "../../src/explain/page/page-data.js";
import type { Picture } from "./pictures.js";
import { TokenButton } from "./token-table.jsx";
import { tokensOfPatches, type TokenChoice } from "./tokens.js";

export interface PatchDetailsProps {
  readonly data: ExplainPageData;
  readonly picture: Picture;
  readonly active: number;
  readonly threshold: number;
  readonly tokens: TokenChoice;
}

/** The tokens of the active patch with their weights, those of two views one below the other. */
export function PatchDetails({ data, picture, active, threshold, tokens }: PatchDetailsProps) {
  const { columns } = data.grid;
  const place = `Column ${(active % columns) + 1}, row ${Math.floor(active / columns) + 1}`;
  return (
    <div class="details">
      <h3>{place}</h3>
      {(picture.patches ?? []).map((patches, view) => {
        const { adapter, tokens: labels } = data.views[view]!;
        const shown = tokensOfPatches(patches, threshold)[active] ?? [];
        const most = Math.max(0.01, ...shown.map(({ weight }) => Math.abs(weight)));
        const residual = patches.residuals?.[active];
        return (
          <div key={view}>
            {data.views.length > 1 ? <h4>{adapter}</h4> : null}
            <ul>
              {shown.map(({ place: label, weight }) => (
                <li key={label}>
                  <TokenButton token={labels[label]!} weight={weight} share={Math.abs(weight) / most} choice={tokens} />
                </li>
              ))}
            </ul>
            {shown.length === 0 ? <p class="fact">No token of this weight.</p> : null}
            {residual === undefined ? null : <p class="fact">{`residual ${(residual / 1000).toFixed(2)}`}</p>}
            {patches.classToken === undefined ? null : (
              <p class="fact">
                class token:{" "}
                {patches.classToken.tokens
                  .map((label, at) => `${labels[label]} ${(patches.classToken!.weights[at]! / 1000).toFixed(2)}`)
                  .join(", ")}
              </p>
            )}
          </div>
        );
      })}
    </div>
  );
}
