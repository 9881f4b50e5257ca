/** What the page of an explanation shows, apart from its pictures and their patches. */
export interface ExplainPageData {
  /** How the tokens were found, what their weights mean, and what a reader must know, one sentence each. */
  readonly remarks: readonly string[];
  readonly views: readonly {
    readonly adapter: string;
    /** Labels of the tokens that patches name by their places here. */
    readonly tokens: readonly string[];
  }[];
  readonly grid: { readonly rows: number; readonly columns: number; readonly patchSize: number };
  readonly images: readonly PageImage[];
}

export interface PageImage {
  readonly file: string;
  /** In pixels, as the file has it. */
  readonly width: number;
  readonly height: number;
  /** In pixels, as the vision tower took it. */
  readonly seen: { readonly width: number; readonly height: number };
  /** Residuals and the like, one sentence each. */
  readonly facts: readonly string[];
}

/** The patches of one picture through one adapter, row by row; the heaviest token of a patch is first. */
export interface PagePatches {
  /** (patches) how many tokens each shows. */
  readonly counts: readonly number[];
  /** (sum of counts) places in the labels of the view. */
  readonly tokens: readonly number[];
  /** (sum of counts) in thousandths. */
  readonly weights: readonly number[];
  /** (patches) in thousandths; absent without a pursuit. */
  readonly residuals?: readonly number[];
  /** The tokens of the class token, where the adapter takes it. */
  readonly classToken?: { readonly tokens: readonly number[]; readonly weights: readonly number[] };
}
