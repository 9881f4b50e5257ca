import {
  buildProjectorGraph,
  projectorInputSize,
  type ProjectorWeights,
} from "../../model/projector/projector-graph.js";
import { openGraph } from "../../runtime/sessions/graph-function.js";
import type { WorkerClient } from "../../runtime/sessions/client.js";
import type { FloatTensor } from "../../runtime/sessions/protocol.js";
import { normalNumbers } from "../../tensor/random.js";
import { buildAdapterModel, mapProjector } from "./adapter-model.js";
import type { PlannedModel } from "./planned-model.js";
import { storedAs, roundingOf, type StoredDtype } from "./stored-weights.js";

/** Feature vectors that the check runs. */
const [SAMPLES, SEED] = [64, 1];
/** Rounding of float32 in another order. */
const DIFFERENCE = 1e-5;

export interface ExportedProjector {
  /** The projector as it is written: folded, unless it is to stay as it is. */
  readonly written: ProjectorWeights;
  /** The projector as the adapter holds it. */
  readonly own: ProjectorWeights;
}

export interface AdapterPlanOptions {
  readonly projector: ExportedProjector;
  readonly dtype: StoredDtype;
  readonly signal?: AbortSignal | undefined;
}

/** The adapter alone, as `adapter.onnx`. */
export function planAdapter({ projector, dtype, signal }: AdapterPlanOptions): PlannedModel {
  const graph = buildAdapterModel(mapProjector(projector.written, (tensor) => storedAs(tensor, dtype)));
  const width = projectorInputSize(projector.own);
  const features = { data: normalNumbers(SAMPLES * width, SEED), shape: [SAMPLES, width] };
  return {
    name: "adapter",
    graph,
    metadata: {},
    check: {
      sample: `${SAMPLES} random vectors`,
      rounding: roundingOf(dtype, DIFFERENCE),
      written: (run) => run({ features }),
      reference: (client) => projectInPlace(client, projector, features, signal),
    },
  };
}

/**
 * The vectors that the projector makes of features in place, by the names of its graph. It is not folded, which shows that
 * folding changed nothing. An adapter that decodes is run as it is written, since the choice of a token can hang on the last
 * bit.
 */
export async function projectInPlace(
  client: WorkerClient,
  { written, own }: ExportedProjector,
  features: FloatTensor,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, FloatTensor>>> {
  const reference = written.decoding === undefined ? own : written;
  const outputs = { coefficients: written.kind === "mm_vocab", tokens: true };
  const graph = await openGraph(client, buildProjectorGraph(reference, { compute: "float32" }, outputs), { signal });
  try {
    return await graph.run({ features });
  } finally {
    await graph.close();
  }
}
