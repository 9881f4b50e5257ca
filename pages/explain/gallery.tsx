import { useEffect, useRef } from "preact/hooks";
import { step } from "../lib/keys.js";
import { useVirtualRows } from "../lib/use-virtual-rows.js";
import type { Picture } from "./pictures.js";

/** Height of a thumbnail's row, in pixels; style.css has it too. */
const ROW = 72;

export interface GalleryProps {
  readonly pictures: readonly Picture[];
  /** The pictures that are listed. */
  readonly listed: readonly number[];
  /** How many patches of each picture show the token that is searched for; null without a search. */
  readonly found: readonly number[] | null;
  readonly open: number;
  readonly choose: (picture: number) => void;
}

/** Thumbnails of all pictures, of which one is open; the arrow keys go through them. */
export function Gallery({ pictures, listed, found, open, choose }: GalleryProps) {
  const box = useRef<HTMLDivElement>(null);
  const { rows, height, scrollTo } = useVirtualRows(listed.length, ROW, () => box.current);
  const at = listed.indexOf(open);
  useEffect(() => {
    if (at >= 0) scrollTo(at);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = step(event.key, { at, count: listed.length, columns: 1 });
    if (next === null) return;
    event.preventDefault();
    choose(listed[next]!);
  };
  return (
    <nav class="gallery" aria-label="Pictures">
      <div
        ref={box}
        class="scroll"
        role="listbox"
        aria-label="Pictures; the arrow keys open them"
        aria-activedescendant={rows.some(({ index }) => index === at) ? `picture-${open}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div class="rows" role="presentation" style={{ height: `${height}px` }}>
          {rows.map(({ index, start }) => {
            const { image, url } = pictures[listed[index]!]!;
            const number = listed[index]!;
            return (
              <div
                key={number}
                id={`picture-${number}`}
                class="thumbnail"
                role="option"
                aria-selected={number === open}
                aria-setsize={listed.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => choose(number)}
              >
                <img src={url} alt="" decoding="async" width="60" height="60" />
                <span>
                  <span class="name">{image.file.split("/").at(-1)}</span>
                  {found === null ? null : (
                    <small>{`in ${found[number]} ${found[number] === 1 ? "patch" : "patches"}`}</small>
                  )}
                </span>
              </div>
            );
          })}
        </div>
        {listed.length === 0 ? <p>No picture shows it.</p> : null}
      </div>
    </nav>
  );
}
