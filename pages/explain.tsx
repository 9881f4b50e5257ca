import { useEffect, useMemo, useState } from "preact/hooks";
import type { ExplainPageData } from "../src/explain/page/page-data.js";
import { Gallery } from "./explain/gallery.jsx";
import { PatchDetails } from "./explain/patch-details.jsx";
import { PatchPanel } from "./explain/patch-panel.jsx";
import { openPictures, type Picture } from "./explain/pictures.js";
import { labelsContaining, patchesShowing, type Lit } from "./explain/tokens.js";
import { TokenTable } from "./explain/token-table.jsx";
import { Field, Notes } from "./lib/parts.jsx";
import { start } from "./lib/start.jsx";

/** The address of one picture: index.html#picture=17, counted from 1. */
const opened = (pictures: number): number => {
  const number = Number(/^#picture=(\d+)$/.exec(location.hash)?.[1] ?? 1);
  return number >= 1 && number <= pictures ? number - 1 : 0;
};

function ExplainPage({ data, still }: { readonly data: ExplainPageData; readonly still: Element }) {
  const pictures = useMemo(() => openPictures(data, still), []);
  const read = usePatches(pictures);
  const [open, setOpen] = useState(() => opened(pictures.length));
  const [query, setQuery] = useState("");
  const [threshold, setThreshold] = useState(0);
  const [zoom, setZoom] = useState(1);
  const [active, setActive] = useState(0);
  const [pinned, setPinned] = useState<string | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);

  useEffect(() => {
    const follow = (): void => setOpen(opened(pictures.length));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const choose = (picture: number): void => {
    setOpen(picture);
    history.replaceState(null, "", `#picture=${picture + 1}`);
  };

  const found = useMemo(() => {
    if (query.trim() === "") return null;
    const wanted = data.views.map(({ tokens }) => labelsContaining(tokens, query));
    return pictures.map(({ patches }) => (patches === null ? 0 : patchesShowing(patches, wanted, threshold)));
  }, [query, threshold, read]);
  const listed = useMemo(
    () => pictures.map((_, i) => i).filter((i) => found === null || found[i]! > 0),
    [found, pictures],
  );
  const lit: Lit = useMemo(() => {
    const token = pointed ?? pinned;
    if (token !== null) return data.views.map(({ tokens }) => new Set([tokens.indexOf(token)]));
    return query.trim() === "" ? null : data.views.map(({ tokens }) => labelsContaining(tokens, query));
  }, [pointed, pinned, query]);

  const picture = pictures[open]!;
  const largest = useMemo(
    () =>
      Math.max(
        0.01,
        ...(picture.patches ?? []).map(({ weights }) => weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / 1000),
      ),
    [picture.patches],
  );
  const tokens = {
    pinned,
    pointed,
    point: setPointed,
    pin: (token: string) => setPinned(pinned === token ? null : token),
  };

  return (
    <>
      <p class="intro">
        Each square of a picture is a patch. The adapter describes a patch to the language model by a few of its tokens;
        a weight says how much of each. Point at a patch or at a token, or use the Tab and arrow keys.
      </p>
      <Notes summary="What this page shows" notes={data.remarks} />
      <div class="controls">
        <Field label="Search a token over all pictures">
          <input
            type="search"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
            placeholder="for example: red"
          />
        </Field>
        <Field label={`Hide weights below ${threshold.toFixed(2)}`}>
          <input
            type="range"
            min="0"
            max={largest.toFixed(2)}
            step="0.01"
            value={threshold}
            onInput={(event) => setThreshold(Number(event.currentTarget.value))}
          />
        </Field>
        <Field label="Size of the picture">
          <select value={zoom} onChange={(event) => setZoom(Number(event.currentTarget.value))}>
            {[1, 2, 3, 4].map((factor) => (
              <option key={factor} value={factor}>{`${factor * 100} %`}</option>
            ))}
          </select>
        </Field>
        <p class="status" role="status">
          {found === null
            ? `${pictures.length} ${pictures.length === 1 ? "picture" : "pictures"}`
            : `“${query}” is shown in ${listed.length} of ${pictures.length} pictures`}
          {read < pictures.length ? `, ${read} read so far` : ""}
        </p>
        {pinned === null ? null : (
          <p class="pinned">
            Kept lit: <b>{pinned}</b>{" "}
            <button type="button" onClick={() => setQuery(pinned)}>
              Find in all pictures
            </button>{" "}
            <button type="button" onClick={() => setPinned(null)}>
              Clear
            </button>
          </p>
        )}
      </div>
      <div class={pictures.length > 1 ? "explained several" : "explained"}>
        {pictures.length > 1 ? (
          <Gallery pictures={pictures} listed={listed} found={found} open={open} choose={choose} />
        ) : null}
        <section class="opened" aria-label="The opened picture">
          <h2>
            {picture.image.file} <small>{`${picture.image.width} x ${picture.image.height} pixels`}</small>
          </h2>
          <div class="panels">
            {data.views.map(({ adapter, tokens: labels }, view) => (
              <PatchPanel
                key={view}
                {...{ adapter, labels, picture, view, grid: data.grid, zoom, threshold, largest, active, setActive }}
                lit={lit?.[view] ?? null}
              />
            ))}
          </div>
          {picture.image.facts.map((fact) => (
            <p key={fact} class="fact">
              {fact}
            </p>
          ))}
        </section>
        <section class="side" aria-label="Tokens">
          <PatchDetails {...{ data, picture, active, threshold, tokens }} />
          <TokenTable {...{ data, picture, threshold, tokens }} />
        </section>
      </div>
    </>
  );
}

/** Reads the patches of all pictures one after the other, so that the page answers meanwhile. Returns how many are read. */
function usePatches(pictures: readonly Picture[]): number {
  const [read, setRead] = useState(0);
  useEffect(() => {
    let isGone = false;
    const first = opened(pictures.length);
    void (async () => {
      const order = [first, ...pictures.keys()].filter((each, at) => at === 0 || each !== first);
      for (const [done, at] of order.entries()) {
        await pictures[at]!.read();
        if (isGone) return;
        if (done === 0 || (done + 1) % 25 === 0 || done + 1 === order.length) setRead(done + 1);
      }
    })();
    return () => {
      isGone = true;
    };
  }, []);
  return read;
}

void start<ExplainPageData>(ExplainPage);
