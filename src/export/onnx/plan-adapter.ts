import { buildProjectorGraph, projectorInputSize, type ProjectorWeights } from "../../model/projector.js";
import { openGraph } from "../../runtime/graph-function.js";
import { normalNumbers } from "../../tensor/random.js";
import { buildAdapterModel, mapProjector } from "./adapter-model.js";
import type { PlannedModel } from "./planned-model.js";
import { storedAs } from "./stored-weights.js";

/** Feature vectors that the check runs. */
const [SAMPLES, SEED] = [64, 1];

export interface ExportedProjector {
  /** As it is written: folded, unless it is to stay as it is. */
  readonly written: ProjectorWeights;
  /** As the adapter holds it. */
  readonly own: ProjectorWeights;
}

/** The adapter alone, as `adapter.onnx`. */
export function planAdapter(
  projector: ExportedProjector,
  { signal }: { signal?: AbortSignal | undefined },
): PlannedModel {
  const graph = buildAdapterModel(mapProjector(projector.written, (tensor) => storedAs(tensor, "F32")));
  const width = projectorInputSize(projector.own);
  const feeds = { features: { data: normalNumbers(SAMPLES * width, SEED), shape: [SAMPLES, width] } };
  return {
    name: "adapter",
    graph,
    metadata: {},
    check: {
      sample: `${SAMPLES} random vectors`,
      feeds,
      reference: async (client) => {
        const inPlace = await openGraph(client, referenceGraph(projector), { signal });
        const outputs = await inPlace.run(feeds);
        await inPlace.close();
        return outputs;
      },
    },
  };
}

/**
 * The projector in its checkpoint, which shows that folding changed nothing too. One that decodes is compared as it is written: the
 * choice of a token can hang on the last bit.
 */
function referenceGraph({ written, own }: ExportedProjector) {
  const reference = written.decoding === undefined ? own : written;
  const coefficients = written.kind === "mm_vocab";
  return buildProjectorGraph(reference, { compute: "float32" }, { coefficients, tokens: true });
}
