import type { ExportFormat } from "./format.js";
import { ggufFormat } from "./gguf/gguf-format.js";
import { officialFormat } from "./official-format.js";
import { onnxFormat } from "./onnx/onnx-format.js";
import { llavaFormat } from "./transformers/llava-format.js";

/** The formats by the name that `--format` takes; a new one is a file and a row here. */
export const EXPORT_FORMATS = {
  onnx: onnxFormat,
  hf: llavaFormat,
  gguf: ggufFormat,
  official: officialFormat,
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type FormatName = keyof typeof EXPORT_FORMATS;
