import { addDictionary, unitRows } from "../model/projector/dictionary.js";
import type { GraphTarget } from "../model/graph-context.js";
import {
  addProjector,
  checkProjector,
  projectorInputSize,
  type ProjectedValues,
  type ProjectorWeights,
} from "../model/projector/projector-graph.js";
import { pursue, type DecodedTokens } from "../model/projector/pursuit-graph.js";
import { GraphBuilder } from "../onnx/graph-builder.js";
import type { Graph, Value } from "../onnx/graph.js";
import { cast, gemm, mul, reshape, softmax } from "../onnx/operators.js";
import {
  abs,
  counting,
  div,
  gatherTableRows,
  max,
  meanRow,
  reduceL2,
  reduceSum,
  relu,
  scalar,
  sub,
  takeFromRows,
  topIndices,
} from "../onnx/vector-operators.js";
import type { Lens } from "./lens.js";

/** The length given to a row of zeros, so that nothing is divided by 0. */
const NOTHING = 1e-12;

export interface LensGraphOptions {
  /** Subtract from the value of every row its mean over the patches. For a pursuit `patch-tokens.ts` does this afterwards. */
  readonly contrast: boolean;
}

/**
 * The graph from `features` float32 (patches, in) to `tokens`, rows of a table as whole numbers, and `weights`, both float32
 * (patches, n) with the largest first. A pursuit gives them in the order of selection, and `residuals` float32 (patches, n)
 * too. The values of all rows never leave the graph: 576 patches by 150,000 rows are 346 MB for each image.
 */
export function buildLensGraph(
  projector: ProjectorWeights,
  lens: Lens,
  target: GraphTarget,
  { contrast }: LensGraphOptions,
): Graph {
  checkProjector(projector);
  const g = new GraphBuilder();
  const features = g.input("features", "float32", ["patches", projectorInputSize(projector)]);
  const projected = addProjector(g, features, projector, target);
  const outputs =
    lens.by === "sparse"
      ? pursuedTokens(g, projected, lens)
      : heaviest(g, rowValues(g, projected, lens), lens, {
          contrast,
          signed: lens.by === "weights" && projected.shares === undefined,
        });
  for (const [name, value] of Object.entries({ ...outputs })) g.output(value, name);
  return g.finish();
}

type WithRows = Lens & { readonly by: "weights" | "contextual" | "cosine" };

/** The value of every row of the table for every patch: float32 (patches, rows). */
function rowValues(
  g: GraphBuilder,
  { shares, coefficients, vectors, embeddings }: ProjectedValues,
  lens: WithRows,
): Value {
  if (lens.by === "contextual") return softmax(g, vectors); // Scores are log-probabilities.
  if (lens.by === "weights") return shares ?? coefficients!;
  const table = cast(g, g.weight(lens.table), "float32");
  const rows = lens.table.shape[0]!;
  const lengths = max(g, reshape(g, reduceL2(g, table), [1, rows], [1, rows]), scalar(g, NOTHING));
  const scale = div(g, scalar(g, 1), lengths); // (1, rows)
  return mul(g, gemm(g, unitRows(g, embeddings), table), scale);
}

/**
 * The largest values of each patch. Of signed coefficients, the largest name more of what is there than those of the largest
 * size (docs/results.md). The output `negatives` float32 (patches, 1) says how much of their size is negative.
 */
function heaviest(
  g: GraphBuilder,
  values: Value,
  { top }: Lens,
  { contrast, signed }: LensGraphOptions & { readonly signed: boolean },
): Heaviest {
  const shown = contrast ? sub(g, values, meanRow(g, values)) : values;
  const [patches, rows] = values.shape as [string, number];
  const count = Math.min(top, rows);
  const indices = topIndices(g, shown, count);
  const numbers = gatherTableRows(g, counting(g, rows), indices); // (patches, count, 1)
  const tokens = reshape(g, numbers, [0, count], [patches, count]);
  const found = { tokens, weights: takeFromRows(g, shown, indices) };
  if (!signed || contrast) return found;
  const sizes = abs(g, values);
  const negative = reduceSum(g, relu(g, sub(g, scalar(g, 0), values)));
  return { ...found, negatives: div(g, negative, max(g, reduceSum(g, sizes), scalar(g, NOTHING))) };
}

type Heaviest = Pick<DecodedTokens, "tokens" | "weights"> & { readonly negatives?: Value };

function pursuedTokens(
  g: GraphBuilder,
  projected: ProjectedValues,
  { pursuit }: Lens & { readonly by: "sparse" },
): DecodedTokens {
  const { tokens, weights, residuals } = pursuit.own
    ? (projected as Required<ProjectedValues>)
    : pursue(g, projected.vectors, addDictionary(g, pursuit.tables, pursuit.settings.words), pursuit.settings);
  return { tokens, weights, residuals };
}
