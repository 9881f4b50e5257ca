import { loadAdapter } from "../adapter/load.js";
import { InputError } from "../errors.js";
import { z } from "zod";
import { isLora } from "../checkpoint/lora/open-lora.js";
import { checkOptions } from "../files/check-json.js";
import { callbackOption, flagOption, keyOption, optionsOf, textOption, workOptions } from "../files/option-schemas.js";
import { defaultCacheFolder } from "../files/cache-folder.js";
import { checkOutputFolder } from "../files/atomic-folder.js";
import type { ExportFormat, ExportReport, ExportRequest, FormatOption } from "./format.js";
import { EXPORT_FORMATS, type FormatName } from "./formats.js";

export interface ExportOptions extends Omit<ExportRequest, "adapter" | "cacheFolder"> {
  /** An adapter of any form that `loadAdapter` opens. */
  readonly adapter: string;
  readonly format: FormatName;
  /** File with the adapter's vocabulary matrix, for adapters that came without it. */
  readonly matrixFile?: string | undefined;
  /** Folder for what is worked out once: the folded adapter; that of the commands when left out. */
  readonly cacheFolder?: string | undefined;
}

const exportOptions = optionsOf<ExportOptions>()({
  adapter: textOption,
  format: keyOption(EXPORT_FORMATS),
  output: textOption,
  vision: textOption.optional(),
  llm: textOption.optional(),
  llmName: textOption.optional(),
  fold: flagOption,
  dtype: z.enum(["keep", "F32", "F16", "BF16", "Q8", "Q4"]).optional(),
  matrixFile: textOption.optional(),
  force: flagOption,
  toolVersion: textOption,
  cacheFolder: textOption.optional(),
  ...workOptions,
  onNote: callbackOption<(note: string) => void>(),
});

/**
 * Writes an adapter, alone or with its vision tower and LLM, for other software, and checks what it wrote. Nothing is left
 * behind then.
 *
 * @throws InputError for an option that the format does not take and for parts that do not fit one another
 * @throws UnavailableError when memory, disk space or onnxruntime-node is missing
 * @throws InterruptedError once `signal` fires
 */
export async function exportAdapter(options: ExportOptions): Promise<ExportReport> {
  checkOptions(exportOptions, options, "the options of exportAdapter");
  const { adapter: path, format, matrixFile, cacheFolder = defaultCacheFolder(), ...request } = options;
  const { summary, takes, write }: ExportFormat = EXPORT_FORMATS[format];
  for (const option of OPTIONS) {
    if (request[option] === undefined || takes.includes(option)) continue;
    throw new InputError(`${FLAGS[option]}: --format ${format} (${summary}) does not take it; leave it out`);
  }
  const { output, force, vision, llm, llmName } = request;
  await checkOutputFolder(output, { force, sources: [path, matrixFile, vision, llm, llmName] });
  if (llm !== undefined && (await isLora(llm))) throw loraRefusal(llm);
  request.onProgress?.({ stage: `reading ${path}`, done: 0, total: 0 });
  const adapter = await loadAdapter(path, { matrixFile });
  return { format, adapter: adapter.name, output, ...(await write({ ...request, cacheFolder, adapter })) };
}

const loraRefusal = (llm: string): InputError =>
  new InputError(
    `--llm: ${llm} is a LoRA, and export takes a whole LLM; merge it first with PEFT: AutoPeftModelForCausalLM.from_pretrained(${JSON.stringify(llm)}).merge_and_unload().save_pretrained("merged")`,
  );

const FLAGS: Readonly<Record<FormatOption, string>> = {
  vision: "--vision",
  llm: "--llm",
  llmName: "--llm",
  fold: "--fold, --no-fold",
  dtype: "--dtype",
};
const OPTIONS = Object.keys(FLAGS) as FormatOption[];
