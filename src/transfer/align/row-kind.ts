/**
 * What a row of the new matrix is.
 * - listed: a weighted list of target rows; a row without one leaves the adapter.
 * - decoded: the same, beside the source's row, so that a patch can be decoded at run time; a row without a list stays, as
 *   part of what decodes, and is all zero.
 * - mapped: the source's row taken through a map of the whole table; it has no list, and --missing, --override and --mapping
 *   have nothing to say.
 */
export type RowKind = "listed" | "decoded" | "mapped";
