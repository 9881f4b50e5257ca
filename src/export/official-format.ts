import { someOf } from "../layout/some-of.js";
import { basename, join } from "node:path";
import { loadAdapter, type Adapter } from "../adapter/load.js";
import {
  OFFICIAL_FILES,
  projectorTensors,
  requireNothingDecoded,
  requireOfficialWidth,
  writeOfficialFiles,
} from "../adapter/official.js";
import { WORD_CHOICE_METHOD } from "../adapter/word-choice.js";
import { readVocabularyFile, VOCABULARY_FILE } from "../adapter/vocabulary-file.js";
import { folderName } from "../checkpoint/hub-cache.js";
import { InputError, LangbridgeError } from "../errors.js";
import { writeFolderAtomically } from "../files/atomic-folder.js";
import { sha256OfChunks } from "../files/hash.js";
import { streamFloats } from "../files/stream-floats.js";
import { writeFile } from "../files/write-file.js";
import { CARD_FILE, cardText, NOT_MEASURED } from "../layout/model-card.js";
import { copyInto } from "../files/publish.js";
import { bytesPerElement, type FloatDtype } from "../tensor/dtype.js";
import { allFinite } from "../tensor/float-arrays.js";
import { decodeFloats } from "../tensor/half.js";
import { elementCount, type CheckpointTensor } from "../tensor/tensor-info.js";
import type { ExportFormat, ExportRequest, ExportResult } from "./format.js";
import { listFiles } from "../files/list-files.js";
import { findRowList } from "./row-list.js";

/**
 * What the official training code loads: projector, the vocabulary matrix and vocabulary of an mm_vocab one, and the flags that
 * name them. LLaVA's code reads an ordinary projector by the same flags.
 */
export const officialFormat: ExportFormat = {
  summary: "files and flags for the official LangBridge training code",
  takes: ["llmName"],
  write: writeOfficial,
};

async function writeOfficial(request: ExportRequest): Promise<ExportResult> {
  const { adapter, output, llmName, force, signal, toolVersion } = request;
  const { path, projector, matrix, decoding, wordChoice } = adapter;
  const decodedBy = decoding?.method ?? (wordChoice && WORD_CHOICE_METHOD);
  requireNothingDecoded("--format official", decodedBy);
  requireOfficialWidth("--format official", projector, path);
  if (projector.kind === "mm_vocab" && matrix === undefined) {
    throw new InputError(`${path}: has no vocabulary matrix; --vocab-matrix FILE gives the one it was trained with`);
  }
  const model = llmName ?? adapter.config.langbridge?.target.name;
  if (model === undefined) {
    throw new InputError(
      `--llm: is missing, and ${path} does not say which LLM it was made for; name it for the flags`,
    );
  }
  const vocabulary = await findVocabulary(adapter);
  const write = async (folder: string) => {
    const flags = await writeOfficialFiles(folder, adapter, { llm: model, finalFolder: output, signal });
    if (vocabulary.file !== undefined) await copyInto(vocabulary.file, folder);
    const checks = [await compareTensors(folder, adapter, signal)];
    const { remarks } = vocabulary;
    const program = PROGRAMS[projector.kind];
    const card = officialCard({ program, adapter: adapter.name, llm: model, toolVersion, checks, remarks });
    await writeFile(join(folder, CARD_FILE), card);
    return { flags, checks, files: await listFiles(folder) };
  };
  const expectedBytes = tensorsOf(adapter).reduce((sum, { tensor, dtype }) => sum + byteLength(tensor, dtype), 0);
  const { flags, ...written } = await writeFolderAtomically(output, write, { force, expectedBytes, signal });
  const usage = { title: "official training:", lines: flags.split("\n") };
  return { ...written, remarks: vocabulary.remarks, usage };
}

const PROGRAMS: Readonly<Record<Adapter["projector"]["kind"], string>> = {
  mm_vocab: "The official training code of LangBridge",
  mlp2x_gelu: "The official training code of LLaVA or LangBridge",
  linear: "The official training code of LLaVA or LangBridge",
};

const isRepository = (name: string): boolean => /^[\w.-]+\/[\w.-]+$/.test(name);

interface OfficialFacts {
  /** Whose code trains it. */
  readonly program: string;
  readonly adapter: string;
  readonly llm: string;
  readonly toolVersion: string;
  readonly checks: readonly string[];
  readonly remarks: readonly string[];
}

/** The flags themselves hold a path of this machine, so the card names their file. */
const officialCard = ({ adapter, llm, program, ...facts }: OfficialFacts): string =>
  cardText({
    ...facts,
    title: `${adapter} for the official training code`,
    tags: { library_name: "langbridge" },
    // Not opened, so it may be a repository of the hub.
    parts: { adapter, LLM: isRepository(llm) ? llm : folderName(llm) },
    uses: [
      {
        program,
        status: `Give it the flags of \`${OFFICIAL_FILES.flags}\`, with the paths of your machine:`,
        language: "sh",
        lines: [`cat ${OFFICIAL_FILES.flags}`],
      },
    ],
    measured: [NOT_MEASURED],
  });

/** The official list of tokens and ids, which can only say one id for each row; without one, what it could not say. */
async function findVocabulary(adapter: Adapter): Promise<{ file?: string; remarks: string[] }> {
  if (adapter.projector.kind !== "mm_vocab") return { remarks: [] };
  const file = await findRowList(adapter, "mm_vocab.json");
  if (file === undefined) {
    return {
      remarks: ["no vocabulary is written, for the adapter came without one; the training code wants its file"],
    };
  }
  if (basename(file) !== VOCABULARY_FILE) return { file, remarks: [] };
  const entries = await readVocabularyFile(file);
  const mixed = entries.filter(({ ids, weights }) => ids.length !== 1 || weights[0] !== 1);
  return {
    remarks: [
      `no mm_vocab.json is written, which says one id for each row: ${mixed.length} of ${entries.length} rows are none: ${someOf(mixed.map(({ token }) => token))}; transfer with --missing drop to leave them out`,
    ],
  };
}

interface OfficialTensor {
  readonly name: string;
  readonly file: string;
  readonly tensor: CheckpointTensor;
  /** The matrix as the official code wants it: float32. */
  readonly dtype: FloatDtype;
}

function tensorsOf({ projector, matrix }: Pick<Adapter, "projector" | "matrix">): OfficialTensor[] {
  const layers = projectorTensors(projector).map(({ name, tensor }): OfficialTensor => ({
    ...{ name, tensor, file: OFFICIAL_FILES.projector },
    dtype: tensor.dtype as FloatDtype,
  }));
  if (matrix === undefined) return layers;
  return [...layers, { name: "mm_vocab_matrix", file: OFFICIAL_FILES.matrix, tensor: matrix.tensor, dtype: "F32" }];
}

const byteLength = ({ shape }: CheckpointTensor, dtype: FloatDtype): number =>
  elementCount(shape) * bytesPerElement(dtype);

/**
 * Reopens what was written and compares every tensor with the adapter's.
 *
 * @throws LangbridgeError when one differs
 * @throws InputError for one that holds NaN or infinity, which training could only spread
 */
async function compareTensors(folder: string, adapter: Adapter, signal: AbortSignal | undefined): Promise<string> {
  const written = tensorsOf(await loadAdapter(join(folder, OFFICIAL_FILES.projector)));
  const wanted = tensorsOf(adapter);
  const hash = (tensor: OfficialTensor): Promise<string> => sha256OfChunks(finiteChunks(tensor, signal));
  for (const [i, { name, file, ...tensor }] of wanted.entries()) {
    if ((await hash({ name, file, ...tensor })) === (await hash(written[i]!))) continue;
    throw new LangbridgeError(
      `${join(folder, file)}: "${name}" read back differs from ${adapter.path}; the disk is at fault`,
    );
  }
  return `${wanted.length} tensors read back equal to the adapter's`;
}

async function* finiteChunks(
  { tensor, dtype }: OfficialTensor,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of streamFloats(tensor, dtype, { signal })) {
    if (!allFinite(decodeFloats(chunk, dtype))) {
      throw new InputError(
        `${tensor.file}: "${tensor.name}" holds NaN or infinity; the weights are damaged, fetch them again`,
      );
    }
    yield chunk;
  }
}
