import type { Value } from "../../onnx/graph.js";
import { gemm, patchConv, reshape, transpose } from "../../onnx/operators.js";
import { slice } from "../../onnx/vector-operators.js";
import { rowsOf } from "./encoder-layer.js";
import { patchesPerSide, type Tower } from "./vision-family.js";

/**
 * The vectors of square patches that do not overlap: images (batch, 3, imageSize, imageSize) through `kernel` (hidden, 3, patchSize,
 * patchSize) and `bias` (hidden), as (batch, patches, hidden). Pixels at the right and at the bottom that fill no patch are not looked at.
 */
export function patchVectors(tower: Tower, images: Value, kernel: Value, bias?: Value): Value {
  const { g, spec, batch, target } = tower;
  const { hiddenSize } = spec;
  const patches = patchesPerSide(spec) ** 2;
  if (target.convolves === false) {
    const rows = gemm(
      g,
      patchRows(tower, images),
      reshape(g, kernel, [hiddenSize, -1], [hiddenSize, rowSize(tower)]),
      bias,
    );
    return reshape(g, rows, [-1, patches, hiddenSize], [batch, patches, hiddenSize]);
  }
  const grid = reshape(g, patchConv(g, images, kernel, bias), [0, hiddenSize, patches], [batch, hiddenSize, patches]);
  return transpose(g, grid, [0, 2, 1]);
}

const rowSize = ({ spec }: Tower): number => 3 * spec.patchSize ** 2;

/** The pixels of every patch in the order of the kernel: (batch * patches, 3 * patchSize * patchSize). */
function patchRows(tower: Tower, images: Value): Value {
  const { g, spec, batch } = tower;
  const { patchSize } = spec;
  const side = patchesPerSide(spec);
  const whole = [2, 3].reduce((image, axis) => slice(g, image, { axis, start: 0, end: side * patchSize }), images);
  const apart = [3, side, patchSize, side, patchSize];
  const patches = transpose(g, reshape(g, whole, [-1, ...apart], [batch, ...apart]), [0, 2, 4, 1, 3, 5]);
  return reshape(g, patches, [-1, rowSize(tower)], [rowsOf(tower, side ** 2), rowSize(tower)]);
}
