import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { grouped } from "../cli/flag-groups.js";
import { folderArg, folderFlag, parseFolder, EXPORT_DTYPE_NAMES, EXPORT_DTYPES } from "../cli/flags.js";
import { exportAdapter } from "../src/export/export.js";
import type { ExportReport } from "../src/export/format.js";
import { EXPORT_FORMATS, type FormatName } from "../src/export/formats.js";
import { exportText } from "../src/export/export-sections.js";

export default class Export extends BaseCommand {
  static override summary = "Write an adapter for other software, and check what was written.";
  static override description =
    "ADAPTER is a LangBridge adapter folder, an mm_projector.bin or a LLaVA folder. Folders are paths, or org/name of the " +
    "Hugging Face Hub.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> adapter-llama3-8b --format onnx --output deployed",
    "<%= config.bin %> <%= command.id %> adapter-llama3-8b --format onnx --llm meta-llama/Meta-Llama-3-8B-Instruct --vision openai/clip-vit-large-patch14-336 --dtype f16 --output deployed",
    "<%= config.bin %> <%= command.id %> adapter-llama3-8b --format hf --llm meta-llama/Meta-Llama-3-8B-Instruct --vision openai/clip-vit-large-patch14-336 --output llava-llama3-8b",
    "<%= config.bin %> <%= command.id %> adapter-llama3-8b --format gguf --vision openai/clip-vit-large-patch14-336 --output mmproj-llama3-8b",
  ];
  static override args = { adapter: folderArg({ description: "adapter to export", required: true }) };
  static override flags = grouped(
    {
      format: Flags.option({
        options: Object.keys(EXPORT_FORMATS) as FormatName[],
        required: true,
        description: Object.entries(EXPORT_FORMATS)
          .map(([name, { summary }]) => `${name}: ${summary}`)
          .join("; "),
      })(),
      output: Flags.string({ char: "o", required: true, description: "folder to write", helpValue: "DIR" }),
      vision: folderFlag({ description: "vision tower: onnx puts it in front of the adapter, hf and gguf need it" }),
      llm: Flags.string({
        description: "LLM that the adapter was made for: onnx and gguf add it, hf needs it, official names it",
        helpValue: "DIR",
      }),
      dtype: Flags.option({
        options: EXPORT_DTYPE_NAMES,
        description:
          "dtype of the weights; hf: keep, the default, leaves each as it lies; onnx: f32, the default, f16, q8 or q4; " +
          "gguf: f16, the default, f32, bf16, q8 or q4",
      })(),
      fold: Flags.boolean({
        allowNo: true,
        description:
          "onnx: multiply the linear end of the adapter out, which changes nothing but its size; the default",
      }),
      "vocab-matrix": Flags.string({
        description: "file that holds the adapter's vocabulary matrix",
        helpValue: "FILE",
      }),
      force: Flags.boolean({ description: "replace an output folder that is not empty" }),
    },
    { inputs: ["vision", "llm", "vocab-matrix"], output: ["format", "output", "dtype", "fold", "force"] },
  );

  async run(): Promise<ExportReport> {
    const { args, flags } = await this.parse(Export);
    const isName = EXPORT_FORMATS[flags.format].takes.some((option) => option === "llmName");
    const report = await exportAdapter({
      ...args,
      format: flags.format,
      output: flags.output,
      vision: flags.vision,
      ...(flags.llm !== undefined &&
        (isName ? { llmName: flags.llm } : { llm: await this.fetchFolder(await parseFolder(flags.llm)) })),
      dtype: flags.dtype && EXPORT_DTYPES[flags.dtype],
      fold: flags.fold,
      matrixFile: flags["vocab-matrix"],
      force: flags.force,
      toolVersion: this.config.version,
      cacheFolder: this.config.cacheDir,
      onNote: (note) => this.remark(note),
      signal: this.signal,
      onProgress: this.progress,
    });
    return this.show(report, () => exportText(report, { colour: this.colour }));
  }
}
