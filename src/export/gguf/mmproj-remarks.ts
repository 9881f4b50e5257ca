import type { ImageProcessor } from "../../image/image-processor.js";
import type { WrittenType } from "../../checkpoint/gguf/tensor-types.js";
import type { MmprojParts, PlannedFile } from "./plan-mmproj.js";

/** How far llama.cpp's vectors are from PyTorch's, by the type of the matrices, as a share of the largest value; measured. */
const MEASURED: Readonly<Record<WrittenType, string>> = {
  F32: "6e-4",
  F16: "9e-4",
  BF16: "3.5e-3",
  Q8_0: "1.1e-2",
  Q4_0: "1.2e-1",
};

/** What a user of an mmproj file has to know, one line each. */
export function mmprojRemarks({ vision, projector, type }: MmprojParts, { tensors }: PlannedFile): string[] {
  const { spec, images } = vision;
  const layer =
    projector.kind === "linear" ? "one linear layer, shifted past the GELU and back" : "Linear, GELU, Linear";
  const others = tensors.filter(
    (tensor) => tensor.source.shape.length === 2 && tensor.type === "F16" && type !== "F16",
  );
  return [
    `projector: ${layer}, as llama.cpp's kind mlp`,
    ...(spec.family.classTokens === 0 ? [] : [CLASS_TOKEN]),
    `pictures: ${describePictures(images)}`,
    `${type}: llama.cpp's vectors are within about ${MEASURED[type]} of the largest value of PyTorch's${type === "Q4_0" ? "; choose f16 or q8 where answers matter" : ""}`,
    ...(others.length === 0
      ? []
      : [
          `${others.length} matrices whose rows are no multiple of 32 are written as F16, for ${type} has blocks of 32`,
        ]),
  ];
}

/** Stock llama.cpp since May 2025; the issue and its open repair. */
const CLASS_TOKEN =
  "class token: llama.cpp since May 2025 puts CLIP's class token behind the patches (issue 25814, repaired by pull request 25844), so it gives each patch the position of the one before and drops the first; the file is right for a llama.cpp with the repair, and answers of one without it are worse";

/** What llama.cpp does to a picture whatever the file says, where the adapter was trained otherwise. */
function describePictures({ pad, resize, filter }: ImageProcessor): string {
  const own = pad === true ? "pads to a square first" : "cuts out the middle";
  const other = filter === "bicubic" ? "" : `; it scales bicubically, the tower's own processor ${filter}`;
  const always = "llama.cpp scales a picture to fit and pads it with grey";
  if (resize === undefined) return `${always}, the tower's own processor does not scale`;
  return `${always}, the tower's own processor ${own}: square ones look the same, others differ at the edges${other}`;
}
