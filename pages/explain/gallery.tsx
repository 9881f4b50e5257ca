import { ListBox } from "../lib/list-box.jsx";
import type { Picture } from "./pictures.js";

/** Height of a thumbnail's row, in pixels. */
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
export const Gallery = ({ pictures, listed, found, open, choose }: GalleryProps) => (
  <nav class="gallery" aria-label="Pictures">
    <ListBox
      label="Pictures; the arrow keys open them"
      count={listed.length}
      rowHeight={ROW}
      chosen={listed.indexOf(open)}
      choose={(row) => choose(listed[row]!)}
      empty="No picture shows it."
      draw={(row) => {
        const number = listed[row]!;
        const { image, url } = pictures[number]!;
        return (
          <>
            <img src={url} alt="" decoding="async" width="60" height="60" />
            <span>
              <span class="name">{image.file.split("/").at(-1)}</span>
              {found === null ? null : (
                <small>{`in ${found[number]} ${found[number] === 1 ? "patch" : "patches"}`}</small>
              )}
            </span>
          </>
        );
      }}
    />
  </nav>
);
