import { join } from "node:path";
import { folderName } from "../../checkpoint/hub-cache.js";
import { InputError, UnavailableError } from "../../errors.js";
import { writeFolderAtomically } from "../../files/atomic-folder.js";
import { writeFile } from "../../files/write-file.js";
import { CARD_FILE, cardText, NOT_MEASURED } from "../../layout/model-card.js";
import { makeFolder } from "../../files/make-folder.js";
import { IR_VERSION, operatorSets } from "../../onnx/protobuf.js";
import { foldProjector } from "../../runtime/parts/fold.js";
import { checkMemory, weightBytes } from "../../runtime/devices/memory.js";
import { hasOnnxruntime } from "../../runtime/sessions/onnxruntime.js";
import type { ProjectorWeights } from "../../model/projector/projector-graph.js";
import { projectorWeights } from "../../runtime/parts/projector-weights.js";
import { withWorker, type WorkerClient } from "../../runtime/sessions/client.js";
import type { ExportFormat, ExportRequest, ExportResult, ModelSummary } from "../format.js";
import { listFiles } from "../../files/list-files.js";
import { compareOutputs, withModelFile } from "./check-model.js";
import { openOnnxParts } from "./onnx-parts.js";
import type { ExportedProjector } from "./plan-adapter.js";
import { planOnnx } from "./plan-onnx.js";
import type { PlannedModel } from "./planned-model.js";
import { adapterOrigin } from "./adapter-origin.js";
import { usageOf } from "./usage.js";
import { dataByteLength, modelFile, MODELS_FOLDER, writeModel } from "./write-model.js";

export const onnxFormat: ExportFormat = {
  summary: "models for onnxruntime in any language",
  takes: ["fold", "vision", "llm", "dtype"],
  write: (request) => withWorker((client) => writeOnnx(request, client)),
};

async function writeOnnx(request: ExportRequest, client: WorkerClient): Promise<ExportResult> {
  const { adapter, output, force, signal } = request;
  const alone = projectorWeights(adapter);
  const parts = await openOnnxParts(request, alone);
  // With its LLM it is known what that multiplies the vectors by.
  const projector = await exportedProjector(request, parts.speaking?.llava.projector ?? alone, client);
  const plan = await planOnnx(request, parts, projector);
  const origin = await adapterOrigin(adapter, { folded: projector.written !== projector.own, signal });
  const { models } = plan;
  const expectedBytes = models.reduce((sum, { graph }) => sum + dataByteLength(graph), 0);
  const write = async (folder: string) => {
    await makeFolder(join(folder, MODELS_FOLDER));
    await writeModels(models, { ...request, folder: join(folder, MODELS_FOLDER), origin, totalBytes: expectedBytes });
    const { checks, unchecked } = await checkModels(models, folder, { ...request, client });
    const warnings = [...(await plan.writeBeside(folder)), ...unchecked];
    const remarks = [...plan.remarks, ...warnings];
    await writeFile(join(folder, CARD_FILE), onnxCard(request, { models, checks, remarks }));
    return { files: await listFiles(folder), checks, remarks };
  };
  const written = await writeFolderAtomically(output, write, {
    force,
    expectedBytes,
    signal,
  });
  return {
    ...written,
    models: models.map(summarise),
    usage: usageOf(output, models),
  };
}

interface Written {
  readonly models: readonly PlannedModel[];
  readonly checks: readonly string[];
  readonly remarks: readonly string[];
}

function onnxCard({ adapter, vision, llm, toolVersion }: ExportRequest, { models, checks, remarks }: Written): string {
  const isWhole = models.length > 1;
  return cardText({
    title: `${adapter.name} for onnxruntime`,
    tags: {
      library_name: isWhole ? "transformers.js" : "onnx",
      ...(isWhole && { pipeline_tag: "image-text-to-text" }),
    },
    parts: {
      adapter: adapter.name,
      ...(vision !== undefined && { "vision tower": folderName(vision) }),
      ...(llm !== undefined && { LLM: folderName(llm) }),
    },
    toolVersion,
    uses: [
      {
        program: isWhole ? "transformers.js" : "onnxruntime",
        status: isWhole
          ? "In JavaScript, from this folder. langbridge's comparisons run it (docs/measurements.md)."
          : "In Python, and alike in C++, C#, Java and JavaScript, from this folder:",
        language: isWhole ? "javascript" : "python",
        lines: usageOf(".", models).lines,
      },
    ],
    measured: [NOT_MEASURED],
    ...{ checks, remarks },
  });
}

/** Folded unless that is not wanted or there is nothing to fold. */
async function exportedProjector(
  request: ExportRequest,
  own: ProjectorWeights,
  client: WorkerClient,
): Promise<ExportedProjector> {
  const { adapter, fold, cacheFolder, onNote, signal, onProgress } = request;
  if (own.kind !== "mm_vocab") {
    if (fold === undefined) return { own, written: own };
    throw new InputError(
      `--fold, --no-fold: ${adapter.path} is an ordinary ${own.kind} projector, which has nothing to fold; leave it out`,
    );
  }
  if (fold === false) return { own, written: own };
  if (!(await hasOnnxruntime())) {
    throw new UnavailableError(
      "folding the adapter needs onnxruntime-node; add it with: npm install onnxruntime-node, or export with --no-fold",
    );
  }
  onProgress?.({ stage: "folding", done: 0, total: 0 });
  return { own, written: await foldProjector(own, { client, threads: 0, cacheFolder, onNote, onProgress, signal }) };
}

interface WriteModelsOptions extends ExportRequest {
  readonly folder: string;
  readonly origin: Readonly<Record<string, string>>;
  readonly totalBytes: number;
}

async function writeModels(
  models: readonly PlannedModel[],
  { folder, origin, toolVersion, totalBytes, signal, onProgress }: WriteModelsOptions,
): Promise<void> {
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    onProgress?.({ stage: "writing", done, total: totalBytes, unit: "bytes" });
  };
  for (const { name, graph, metadata } of models) {
    const said = { producerVersion: toolVersion, metadata: { ...origin, ...metadata } };
    await writeModel(folder, name, graph, { origin: said, signal, onBytes });
  }
}

interface CheckOptions extends Pick<ExportRequest, "signal" | "onProgress"> {
  readonly client: WorkerClient;
}

/** What to do where a check found too little memory. */
const ELSEWHERE = "export where there is more to have it checked";

/** Runs what was written; where this machine cannot, for want of onnxruntime-node or memory, that is said and not hidden. */
async function checkModels(
  models: readonly PlannedModel[],
  folder: string,
  options: CheckOptions,
): Promise<{ readonly checks: string[]; readonly unchecked: string[] }> {
  const [checks, unchecked]: [string[], string[]] = [[], []];
  for (const model of models) {
    options.onProgress?.({ stage: `checking ${model.name}`, done: 0, total: 0 });
    try {
      checks.push(await checkModel(model, folder, options));
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      unchecked.push(`not checked: ${pathOf(model)}: ${error.message}`);
    }
  }
  return { checks, unchecked };
}

async function checkModel(model: PlannedModel, folder: string, { client, signal }: CheckOptions): Promise<string> {
  const { name, check } = model;
  const { sample, rounding } = check;
  checkMemory(weightBytes(model.graph, "float32"), "running it", { remedy: ELSEWHERE });
  const reference = await check.reference(client);
  const written = await withModelFile(client, { folder: join(folder, MODELS_FOLDER), name, signal }, check.written);
  return compareOutputs({ file: pathOf(model), sample, rounding, written, reference });
}

const pathOf = ({ name }: PlannedModel): string => `${MODELS_FOLDER}/${modelFile(name)}`;

function summarise(model: PlannedModel): ModelSummary {
  const { graph } = model;
  const sets = operatorSets(graph).map(({ domain, version }) => [domain || "ai.onnx", version] as const);
  return {
    file: pathOf(model),
    inputs: graph.inputs,
    outputs: graph.outputs,
    irVersion: IR_VERSION,
    operatorSets: Object.fromEntries(sets),
  };
}
