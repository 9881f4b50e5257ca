import { join } from "node:path";
import { hashModel } from "../../checkpoint/hash-model.js";
import { ggufDataLength, writeGguf, type GgufTensor } from "../../checkpoint/gguf/write.js";
import { UnavailableError } from "../../errors.js";
import { writeFolderAtomically } from "../../files/atomic-folder.js";
import { listFiles } from "../../files/list-files.js";
import { writeFile } from "../../files/write-file.js";
import { CARD_FILE, cardText, NOT_MEASURED } from "../../layout/model-card.js";
import { isGguf } from "../../model/gguf/open-gguf.js";
import type { LlmFolder } from "../../model/llm/llm-folder.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import type { ExportFormat, ExportRequest, ExportResult } from "../format.js";
import { checkGguf } from "./check-gguf.js";
import { checkLlmFile } from "./check-llm-file.js";
import { checkMmproj } from "./check-mmproj.js";
import { GGUF_TAGS, ggufUses, type GgufFiles } from "./gguf-card.js";
import { openGgufParts, type GgufParts } from "./gguf-parts.js";
import { mmprojRemarks } from "./mmproj-remarks.js";
import { planLlmFile, type LlmFilePlan } from "./plan-llm-file.js";
import { planMmproj, type PlannedFile } from "./plan-mmproj.js";
import { ggufTensor } from "./written-tensor.js";

/** Tower and adapter as one mmproj file of llama.cpp, and the LLM as another file where it is given. */
export const ggufFormat: ExportFormat = {
  summary: "vision tower and adapter as an mmproj file for llama.cpp and what runs on it, and the LLM as its GGUF file",
  takes: ["vision", "llm", "dtype"],
  write: (request) => withWorker((client) => writeGgufFolder(request, client)),
};

async function writeGgufFolder(request: ExportRequest, client: WorkerClient): Promise<ExportResult> {
  const { output, force, signal, onProgress } = request;
  const parts = await openGgufParts(request, client);
  const mmproj = planMmproj(parts.mmproj);
  const model = await planModel(parts, request);
  const llmFile = model?.name ?? (isWritten(parts.llm) ? parts.llm!.path : "LLM.gguf");
  const files = [mmproj, ...(model === undefined ? [] : [model])].map((file) => withTensors(file, signal));
  const expectedBytes = files.reduce((sum, { written }) => sum + ggufDataLength(written), 0);
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    onProgress?.({ stage: "writing", done, total: expectedBytes, unit: "bytes" });
  };
  const write = async (folder: string) => {
    for (const { file, written } of files) {
      await writeGguf(join(folder, file.name), file.keys, written, { signal, onBytes });
    }
    onProgress?.({ stage: "checking", done: 0, total: 0 });
    const { checks, unchecked } = await check(folder, { mmproj, model }, { parts, client, signal });
    const remarks = [
      ...mmprojRemarks(parts.mmproj, mmproj),
      ...(model?.remarks ?? []),
      ...(isWritten(parts.llm) ? [FROM_GGUF] : []),
      ...parts.warnings,
      ...unchecked,
    ];
    const card = cardText({
      ...{ title: `${request.adapter.name} for llama.cpp`, tags: GGUF_TAGS, toolVersion: request.toolVersion },
      parts: partNames(parts, request),
      ...{ uses: ggufUses({ mmproj: mmproj.name, llm: llmFile, hasLlm: model !== undefined }), checks, remarks },
      measured: [NOT_MEASURED],
    });
    await writeFile(join(folder, CARD_FILE), card);
    return { files: await listFiles(folder), checks, remarks };
  };
  const result = await writeFolderAtomically(output, write, { force, expectedBytes, signal });
  return { ...result, usage: usageOf(output, { mmproj: mmproj.name, llm: llmFile, hasLlm: model !== undefined }) };
}

const partNames = ({ llm, mmproj }: GgufParts, { adapter }: ExportRequest): Record<string, string> => ({
  adapter: adapter.name,
  "vision tower": mmproj.origin["vision_tower"]!,
  ...(llm !== undefined && { LLM: llm.name }),
});

const FROM_GGUF = "LLM: is a GGUF file already, and goes beside the mmproj file as it is";

/** Whether an LLM is a GGUF file already. */
const isWritten = (llm: LlmFolder | undefined): boolean => llm !== undefined && isGguf(llm.path);

async function planModel({ llm, mmproj }: GgufParts, { toolVersion }: ExportRequest): Promise<LlmFilePlan | undefined> {
  if (llm === undefined || isWritten(llm)) return undefined;
  const origin = { version: toolVersion, llm: llm.name, llm_identity: await hashModel(llm.checkpoint) };
  return planLlmFile(llm, { type: mmproj.type, origin });
}

/** A planned file with tensors whose bytes are made while they are written. */
function withTensors(file: PlannedFile, signal: AbortSignal | undefined) {
  const written: readonly GgufTensor[] = file.tensors.map((tensor) => ggufTensor(tensor, signal));
  return { file, written };
}

interface PlannedFiles {
  readonly mmproj: PlannedFile;
  readonly model: LlmFilePlan | undefined;
}

interface Checking {
  readonly parts: GgufParts;
  readonly client: WorkerClient;
  readonly signal: AbortSignal | undefined;
}

/** Reads the files back, and runs the mmproj where this machine can; where it cannot, that is said and not hidden. */
async function check(
  folder: string,
  { mmproj, model }: PlannedFiles,
  { parts, ...run }: Checking,
): Promise<{ readonly checks: string[]; readonly unchecked: string[] }> {
  const path = join(folder, mmproj.name);
  const checks = [await checkGguf(path, mmproj)];
  if (model !== undefined) {
    const written = join(folder, model.name);
    checks.push(await checkGguf(written, model), await checkLlmFile(written, parts.llm!));
  }
  try {
    return { checks: [...checks, await checkMmproj(path, parts.mmproj, run)], unchecked: [] };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { checks, unchecked: [`not checked by running it: ${error.message}`] };
  }
}

/** The two commands of llama.cpp, with paths from where the user is. */
function usageOf(output: string, { mmproj, llm, hasLlm }: GgufFiles): ExportResult["usage"] {
  const files = { mmproj: join(output, mmproj), llm: hasLlm ? join(output, llm) : llm, hasLlm };
  const lines = ggufUses(files).filter(({ language }) => language === "sh");
  return { title: "with llama.cpp, and more in README.md:", lines: lines.flatMap((use) => use.lines) };
}
