/** Pictures to learn from how the source's vectors are made, and the tower that sees them. */
export interface ExampleImages {
  /** Folder of pictures. */
  readonly images: string;
  /** Folder of the vision tower. */
  readonly vision: string;
}
