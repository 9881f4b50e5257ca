import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAdapter } from "../adapter/load.js";
import { requireNothingDecoded, writeOfficialFiles } from "../adapter/official.js";
import { formatVocabulary, vocabularyEntry, VOCABULARY_FILE } from "../adapter/vocabulary-file.js";
import { MATRIX_NAME } from "../adapter/vocabulary-matrix.js";
import { writeSafetensors } from "../checkpoint/safetensors/write.js";
import { checkOutputFolder, writeFolderAtomically } from "../files/atomic-folder.js";
import { checkOptions } from "../files/check-json.js";
import { callbackOption, flagOption, optionsOf, textOption, workOptions } from "../files/option-schemas.js";
import { jsonText } from "../files/json-file.js";
import { writeFile } from "../files/write-file.js";
import { CARD_FILE } from "../layout/model-card.js";
import type { Progress } from "../progress.js";
import { bytesPerElement } from "../tensor/dtype.js";
import { elementCount } from "../tensor/tensor-info.js";
import { adapterConfig } from "./write/output-config.js";
import { InputError } from "../errors.js";
import { reportProgress } from "../checkpoint/report-progress.js";
import { measureMatrix } from "./write/measure-matrix.js";
import type { OutputMeasures, OutputTensor, TransferOutputs } from "./tensors/outputs.js";
import type { TransferPlan } from "./plan/plan-transfer.js";
import { adapterCard } from "./report/adapter-card.js";
import { relateTables } from "./report/relation.js";
import { buildReport, type TransferReport } from "./report/report.js";
import { verifyOutput } from "./write/verify.js";

export interface TransferOptions {
  readonly output: string;
  /** Replace an output folder that holds something. */
  readonly force?: boolean | undefined;
  /** Add the files and flags that the official training code takes. */
  readonly official?: boolean | undefined;
  /** Name and version of this tool, as provenance. */
  readonly toolVersion: string;
  /** For what is worked out once and serves other transfers; the system's folder for temporary files when left out. */
  readonly cacheFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
  /** Called with one line about what was worked out and kept in the cache folder. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** What every way to carry a plan out takes. */
export const writingOptions = {
  output: textOption,
  force: flagOption,
  toolVersion: textOption,
  cacheFolder: textOption.optional(),
  ...workOptions,
  onNote: callbackOption<(note: string) => void>(),
};

const transferOptions = optionsOf<TransferOptions>()({ ...writingOptions, official: flagOption });

export const WEIGHTS_FILE = "model.safetensors";
export const REPORT_FILE = "transfer_report.json";

/**
 * Carries out a plan: streams the projector and the target's rows into a new adapter folder, reads the result back, and
 * puts the folder in its place when all is right. Returns what transfer_report.json holds.
 */
export async function executeTransfer(plan: TransferPlan, options: TransferOptions): Promise<TransferReport> {
  checkOptions(transferOptions, options, "the options of executeTransfer");
  const { output, force = false, official = false, cacheFolder = tmpdir(), signal, onProgress, onNote } = options;
  await checkOutputFolder(output, { force, sources: plan.inputs });
  if (official) requireOfficial(plan);
  const outputs = await plan.method.outputs(plan, { cacheFolder, signal, onProgress, onNote });
  const made = { ...plan, rowPlan: outputs.rowPlan ?? plan.rowPlan };
  const officialBytes = official ? totalBytes(outputs.tensors.map(asOfficial)) : 0;
  const expectedBytes = totalBytes(outputs.tensors) + officialBytes;
  const write = (folder: string): Promise<TransferReport> => fillFolder(folder, { plan: made, outputs, options });
  return writeFolderAtomically(output, write, { force, expectedBytes, signal });
}

interface Filling {
  readonly plan: TransferPlan;
  readonly outputs: TransferOutputs;
  readonly options: TransferOptions;
}

/** Fills the folder in four steps, each of which needs what the ones before it wrote or measured. */
async function fillFolder(folder: string, filling: Filling): Promise<TransferReport> {
  const { plan, outputs, options } = filling;
  const written = await writeWeights(folder, filling);
  await writeSettings(folder, written.measures, filling);
  const officialFlags = options.official === true ? await addOfficialFiles(folder, filling) : undefined;
  const report = buildReport({ plan, outputs, ...written, toolVersion: options.toolVersion });
  await writeTexts(folder, { [REPORT_FILE]: jsonText(report), [CARD_FILE]: adapterCard(report) });
  return officialFlags === undefined ? report : { ...report, officialFlags };
}

/** Streams the tensors into the weight file, which measures them, and reads the file back. */
async function writeWeights(folder: string, { plan, outputs, options: { toolVersion, signal, onProgress } }: Filling) {
  const { source, target, rowPlan, method } = plan;
  const path = join(folder, WEIGHTS_FILE);
  const matrix = measureMatrix(outputs.tensors, plan);
  const tensors = reportProgress(matrix.tensors, { total: totalBytes(outputs.tensors) }, onProgress);
  const { byteLength } = await writeSafetensors(path, tensors, { metadata: fileMetadata(toolVersion), signal });
  onProgress?.({ stage: "reading back and checking", done: 0, total: 0 });
  const ofMatrix = method.makesMatrix(source.projector) ? " and of the new matrix" : "";
  return {
    bytesWritten: byteLength,
    measures: await outputs.measure(),
    matrixSquares: matrix.squaredNorms(),
    checks: [`every row of the projector${ofMatrix} is finite`, ...(await verifyOutput(path, plan))],
    relation: source.embeddings && (await relateTables(source.embeddings, target.table, rowPlan.shared)),
  };
}

/** Writes config.json, and what each row of the new matrix stands for. */
async function writeSettings(
  folder: string,
  measures: OutputMeasures,
  { plan, outputs, options }: Filling,
): Promise<void> {
  await writeTexts(folder, {
    "config.json": jsonText(adapterConfig(plan, outputs, measures, options)),
    ...(plan.method.makesMatrix(plan.source.projector) && {
      [VOCABULARY_FILE]: vocabularyText(plan),
      ...officialVocabulary(plan),
    }),
  });
}

/** Adds the files of the official training code, made from the adapter that lies in the folder by now. */
async function addOfficialFiles(folder: string, { plan, options: { output, signal } }: Filling): Promise<string> {
  const adapter = { ...(await loadAdapter(folder)), folder: output };
  return writeOfficialFiles(folder, adapter, { llm: plan.target.path, finalFolder: output, signal });
}

function requireOfficial({ source: { adapter, projector }, method }: TransferPlan): void {
  requireNothingDecoded("--official", method.decodesAtRunTime ? method.name : undefined);
  if (projector.kind === "mm_vocab") return;
  throw new InputError(
    `--official: ${adapter.path} is an ordinary ${projector.kind} projector, which a map leaves at the source's hidden units; transfer it with --projector mlp, then export it with --format official`,
  );
}

const fileMetadata = (toolVersion: string): Readonly<Record<string, string>> => ({
  format: "pt",
  tool: `langbridge ${toolVersion}`,
});

type SizedTensor = Pick<OutputTensor, "dtype" | "shape">;

/** The official files hold every tensor again, the matrix in float32. */
const asOfficial = ({ name, dtype, shape }: OutputTensor): SizedTensor => ({
  dtype: name === MATRIX_NAME ? "F32" : dtype,
  shape,
});

function totalBytes(tensors: readonly SizedTensor[]): number {
  return tensors.reduce((sum, { dtype, shape }) => sum + elementCount(shape) * bytesPerElement(dtype), 0);
}

function vocabularyText({ source, rowPlan }: TransferPlan): string {
  const { tokens } = source.rowTokens;
  return formatVocabulary(rowPlan.written.map((row) => vocabularyEntry(tokens[row.sourceRow]!, row)));
}

/** The official object of token and id, for an adapter whose every row is one id. */
function officialVocabulary({ rowPlan }: TransferPlan): Readonly<Record<string, string>> {
  const { written } = rowPlan;
  const isSingle = written.every(({ ids, weights }) => ids.length === 1 && weights[0] === 1);
  if (!isSingle || new Set(written.map(({ token }) => token)).size < written.length) return {};
  const lines = written.map(({ token, ids }) => `  ${JSON.stringify(token)}: ${ids[0]}`);
  return { "mm_vocab.json": `{\n${lines.join(",\n")}\n}\n` };
}

async function writeTexts(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
}
