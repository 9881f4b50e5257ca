import type { Adapter } from "../adapter/load.js";
import type { Value } from "../onnx/graph.js";
import type { ListedFile } from "../files/list-files.js";
import type { Progress } from "../progress.js";
import type { FloatDtype } from "../tensor/dtype.js";

/** The parts of an export and its output. Each format says which of the optional parts it takes. */
export interface ExportRequest {
  readonly adapter: Adapter;
  readonly output: string;
  /** Folder of the vision tower. */
  readonly vision?: string | undefined;
  /** Folder of the LLM. */
  readonly llm?: string | undefined;
  /** How other software names the LLM: a path or `org/name`; it is not opened. */
  readonly llmName?: string | undefined;
  /** Fold the linear end of an mm_vocab projector: the same numbers from a fraction of the weights. */
  readonly fold?: boolean | undefined;
  /** What all weights are written as. Each format says which of these it takes, and has a default. */
  readonly dtype?: WeightType | undefined;
  /** Replace an output folder that holds something. */
  readonly force?: boolean | undefined;
  /** Name and version of this tool, as provenance. */
  readonly toolVersion: string;
  /** Cache folder for what is computed once: the folded adapter. */
  readonly cacheFolder: string;
  /** Called with one line about what was worked out and kept in that folder, and about a file there that was damaged and is made anew. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/** A dtype, integers of 8 or 4 bits with a scale for each block, or each weight as it lies. */
export type WeightType = FloatDtype | "Q8" | "Q4" | "keep";

/** Options that only some formats take. */
export type FormatOption = "vision" | "llm" | "llmName" | "fold" | "dtype";

/** A way to write an adapter for other software. */
export interface ExportFormat {
  /** What the format is for, in the words of `--help`. */
  readonly summary: string;
  readonly takes: readonly FormatOption[];
  /** Writes the output folder whole or not at all. */
  readonly write: (request: ExportRequest) => Promise<ExportResult>;
}

/** What was written. */
export interface ExportResult {
  readonly files: readonly ListedFile[];
  /** The ONNX models among the files. */
  readonly models?: readonly ModelSummary[];
  /** What was proven about the result, one line each. */
  readonly checks: readonly string[];
  /** What the format could not carry, or what was not checked, one line each. */
  readonly remarks: readonly string[];
  /** Lines to paste: code that runs the result, or flags that take it. */
  readonly usage: { readonly title: string; readonly lines: readonly string[] };
}

/** How a model is fed and what it needs. */
export interface ModelSummary {
  readonly file: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly irVersion: number;
  /** Version of each operator set by its domain; "ai.onnx" is ONNX's own. */
  readonly operatorSets: Readonly<Record<string, number>>;
}

/** An export as `--json` prints it. */
export interface ExportReport extends ExportResult {
  readonly format: string;
  readonly adapter: string;
  readonly output: string;
}
