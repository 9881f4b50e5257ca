import { readableToken } from "../../vocabulary/readable-token.js";
import type { SourceToken } from "../../vocabulary/source-token.js";
import { visible } from "../../layout/table.js";

/** A token as tables, pages and pictures print it, with word start and control characters made visible. */
export const tokenLabel = (token: Pick<SourceToken, "string" | "bytes">): string => visible(readableToken(token));

/** A coefficient, a share or a cosine, with its sign when it is negative. */
export const weightLabel = (weight: number): string => weight.toFixed(2);
