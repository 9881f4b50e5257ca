import type { ExplainPageData, PageImage, PagePatches } from "../../src/explain/page/page-data.js";
import { unpack } from "../lib/unpack.js";

/** A picture of the page. */
export interface Picture {
  readonly image: PageImage;
  /** Data URL of the picture as the vision tower took it. */
  readonly url: string;
  /** One for each view; null until they are read. */
  patches: readonly PagePatches[] | null;
  readonly read: () => Promise<void>;
}

/** The pictures, which lie in the page without JavaScript: each an image with a block of its patches behind it. */
export function openPictures({ images }: ExplainPageData, still: Element): readonly Picture[] {
  const urls = [...still.querySelectorAll<HTMLImageElement>("img.seen")].map(({ src }) => src);
  const blocks = [...still.querySelectorAll('script[data-name="patches"]')];
  return images.map((image, at) => {
    const picture: Picture = {
      image,
      url: urls[at]!,
      patches: null,
      read: async () => {
        picture.patches ??= await unpack<readonly PagePatches[]>(blocks[at]!);
      },
    };
    return picture;
  });
}
