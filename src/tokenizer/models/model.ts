/** Turns a piece of text into ids. */
export interface Model {
  /** Ids of a piece, which is never empty. */
  readonly tokenize: (piece: string) => readonly number[];
}
