import { InputError } from "../errors.js";
import { needsLineBreak } from "../image/image-scheme.js";
import { readTensor } from "../files/read-tensor.js";
import { projectorOutputSize } from "../model/projector/projector-graph.js";
import { isFloatDtype } from "../tensor/dtype.js";
import { decodeFloats } from "../tensor/half.js";
import type { ModelSource } from "./model-source.js";

/**
 * The learned line break of a model whose scheme has one, (hiddenSize), as long as the LLM takes vectors. It lies where the projector's
 * vectors lie, so it is multiplied by what they are multiplied by.
 *
 * @throws InputError where it is missing or of another width
 */
export async function readLineBreak(
  source: Pick<ModelSource, "name" | "imageScheme" | "imageNewline" | "projector">,
): Promise<Float32Array | undefined> {
  const { name, imageScheme, imageNewline: tensor, projector } = source;
  if (!needsLineBreak(imageScheme)) return undefined;
  const width = projectorOutputSize(projector);
  if (tensor === undefined) {
    throw new InputError(
      `${name}: sees pictures in tiles (image_aspect_ratio "${imageScheme.name}") with a learned line break, and holds no image_newline, expected ${width} numbers; fetch the weights again`,
    );
  }
  if (tensor.shape.join() !== String(width) || !isFloatDtype(tensor.dtype)) {
    throw new InputError(
      `${tensor.file}: "${tensor.name}" is ${tensor.dtype} (${tensor.shape.join(", ")}), expected (${width}) of F32, F16 or BF16`,
    );
  }
  const { scale = 1 } = projector;
  return decodeFloats(await readTensor(tensor), tensor.dtype).map((value) => value * scale);
}
