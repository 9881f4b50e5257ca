import type { BlockFormat } from "./block-format.js";
import { Q4_K, Q5_K, Q6_K } from "./k-blocks.js";
import { Q4_0, Q4_1, Q5_0, Q5_1, Q8_0 } from "./plain-blocks.js";

/** The block formats that can be read. */
export const BLOCK_FORMATS: readonly BlockFormat[] = [Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K];
