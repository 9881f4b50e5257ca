import { render, type ComponentType } from "preact";
import { unpack } from "./unpack.js";

/** Puts `Page` in the place of what the page shows without JavaScript, once its data are unpacked. */
export async function start<Data>(
  Page: ComponentType<{ readonly data: Data; readonly still: Element }>,
): Promise<void> {
  const root = document.querySelector("#page")!;
  if (typeof DecompressionStream === "undefined") {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = "Search and filters need a browser of 2023 or later; the tables below are complete.";
    root.prepend(note);
    return;
  }
  const data = await unpack<Data>(document.querySelector('script[data-name="data"]')!);
  // The page without JavaScript holds the pictures, so that the file holds them once.
  const still = document.createElement("div");
  still.append(...root.childNodes);
  render(<Page data={data} still={still} />, root);
  document.body.classList.add("started");
}
