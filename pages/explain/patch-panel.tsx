import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ExplainPageData } from "../../src/explain/page/page-data.js";
import { step } from "../lib/keys.js";
import type { Picture } from "./pictures.js";
import { tokensOfPatches, type ShownToken } from "./tokens.js";

/** A patch shows its heaviest tokens from this width on, in pixels, one for each of these heights. */
const [LEAST_WIDTH, LINE] = [40, 14];

export interface PatchPanelProps {
  readonly adapter: string;
  readonly labels: readonly string[];
  readonly picture: Picture;
  readonly view: number;
  readonly grid: ExplainPageData["grid"];
  readonly zoom: number;
  readonly threshold: number;
  /** The weight that is lit brightest. */
  readonly largest: number;
  readonly active: number;
  readonly setActive: (patch: number) => void;
  /** Places of the tokens whose patches are lit; null for none. */
  readonly lit: ReadonlySet<number> | null;
}

/** The picture through one adapter, with its patches drawn over it. Pointing at a patch, or going to it by keys, makes it the active one. */
export function PatchPanel(props: PatchPanelProps) {
  const { adapter, labels, picture, view, grid, zoom, threshold, largest, active, setActive, lit } = props;
  const { width, height } = picture.image.seen;
  const box = useRef<HTMLDivElement>(null);
  const [across, setAcross] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(() => setAcross(box.current?.clientWidth ?? 0));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const patches = useMemo(
    () => (picture.patches === null ? [] : tokensOfPatches(picture.patches[view]!, threshold)),
    [picture.patches, threshold],
  );
  const side = (across * zoom * grid.patchSize) / width;
  const lines = side < LEAST_WIDTH ? 0 : Math.floor((side - 4) / LINE);
  // The remainder at the right and below is in no patch.
  const area = {
    width: `${(100 * grid.columns * grid.patchSize) / width}%`,
    height: `${(100 * grid.rows * grid.patchSize) / height}%`,
  };
  const patchOf = (event: Event): number | null => {
    const cell = (event.target as Element).closest<HTMLElement>("[data-patch]");
    return cell === null ? null : Number(cell.dataset["patch"]);
  };
  const goTo = (event: Event): void => {
    const patch = patchOf(event);
    if (patch !== null) setActive(patch);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = step(event.key, { at: active, count: grid.rows * grid.columns, columns: grid.columns });
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    box.current?.querySelector<HTMLElement>(`[data-patch="${next}"]`)?.focus();
  };
  return (
    <figure class="panel">
      <figcaption>{adapter}</figcaption>
      <div ref={box} class="window">
        <div
          class={`picture${lit === null ? "" : " dimmed"}`}
          style={{ width: `${100 * zoom}%`, aspectRatio: `${width} / ${height}` }}
        >
          <img
            class={Math.max(width, height) <= 64 ? "pixels" : ""}
            src={picture.url}
            alt={`${picture.image.file}, as the model sees it`}
          />
          <Heat {...{ patches, lit, largest, area }} columns={grid.columns} rows={grid.rows} />
          <div
            class="patches"
            role="grid"
            aria-label={`Patches of the picture through ${adapter}; the arrow keys go from one to the next`}
            style={area}
            onPointerMove={goTo}
            onPointerDown={goTo}
            onFocusIn={goTo}
            onKeyDown={onKeyDown}
          >
            {Array.from({ length: grid.rows }, (_, row) => {
              const first = row * grid.columns;
              const inRow = active >= first && active < first + grid.columns ? active - first : -1;
              return <PatchRow key={row} {...{ row, patches, labels, lines }} columns={grid.columns} active={inRow} />;
            })}
          </div>
        </div>
      </div>
    </figure>
  );
}

interface HeatProps {
  readonly patches: readonly (readonly ShownToken[])[];
  readonly lit: ReadonlySet<number> | null;
  readonly largest: number;
  readonly area: { readonly width: string; readonly height: string };
  readonly columns: number;
  readonly rows: number;
}

/** The patches that show a lit token, the brighter the heavier; below 0 in red. */
function Heat({ patches, lit, largest, area, columns, rows }: HeatProps) {
  return (
    <svg class="heat" viewBox={`0 0 ${columns} ${rows}`} preserveAspectRatio="none" style={area} aria-hidden="true">
      {lit === null
        ? null
        : patches.flatMap((tokens, patch) => {
            const weight = tokens.reduce((sum, token) => sum + (lit.has(token.place) ? token.weight : 0), 0);
            if (weight === 0) return [];
            return (
              <rect
                key={patch}
                class={weight < 0 ? "below" : "above"}
                x={patch % columns}
                y={Math.floor(patch / columns)}
                width="1"
                height="1"
                fill-opacity={Math.min(0.95, 0.25 + (0.7 * Math.abs(weight)) / largest).toFixed(2)}
              />
            );
          })}
    </svg>
  );
}

interface PatchRowProps {
  readonly row: number;
  readonly columns: number;
  /** Column of the active patch; -1 where it is in another row. */
  readonly active: number;
  readonly patches: readonly (readonly ShownToken[])[];
  readonly labels: readonly string[];
  /** How many tokens a patch has room for. */
  readonly lines: number;
}

/** One row of patches; drawn again only when something in it changes. The style draws the labels, which the names of the cells hold too. */
function PatchRow({ row, columns, active, patches, labels, lines }: PatchRowProps) {
  return useMemo(
    () => (
      <div class="row" role="row">
        {Array.from({ length: columns }, (_, column) => {
          const patch = row * columns + column;
          const tokens = patches[patch] ?? [];
          const said = tokens.map(({ place, weight }) => `${labels[place]} ${weight.toFixed(2)}`).join(", ");
          return (
            <div
              key={column}
              class={`patch${column === active ? " active" : ""}`}
              role="gridcell"
              data-patch={patch}
              data-label={tokens
                .slice(0, lines)
                .map(({ place }) => labels[place])
                .join("\n")}
              tabIndex={column === active ? 0 : -1}
              aria-label={`column ${column + 1}, row ${row + 1}: ${said || "no token"}`}
            />
          );
        })}
      </div>
    ),
    [active, patches, lines],
  );
}
