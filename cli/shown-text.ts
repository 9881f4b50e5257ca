import { printable } from "../src/layout/table.js";

/** Text of a model as a terminal can show it: line breaks and tabs stay, other control characters become visible. */
export const shownText = (text: string): string =>
  text
    .split(/([\n\t])/)
    .map((part) => (part === "\n" || part === "\t" ? part : printable(part)))
    .join("");
