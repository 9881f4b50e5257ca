import { join } from "node:path";
import type { Adapter } from "../../adapter/load.js";
import { openCheckpoint } from "../../checkpoint/checkpoint.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { InputError } from "../../errors.js";
import { exists } from "../../files/json-file.js";
import type { ClipSelection, ClipSpec } from "../../model/clip.js";
import type { Weights } from "../../model/weights.js";
import { loadImageProcessor } from "../../runtime/image/image-processor.js";
import type { ImageAspectRatio } from "../../runtime/image/preprocess.js";
import { seenThrough } from "../../runtime/seen-through.js";
import { VisionTower } from "../../runtime/vision-tower.js";

/** A vision tower as an adapter looks through it. */
export interface VisionPart {
  readonly folder: string;
  readonly name: string;
  readonly spec: ClipSpec;
  readonly weights: Weights;
  readonly selection: ClipSelection;
  readonly imageAspectRatio: ImageAspectRatio;
  /** The file that says how pixels are made of a picture. */
  readonly preprocessor: string;
}

const PREPROCESSOR = "preprocessor_config.json";

/**
 * Opens the tower of a folder; its weights are those of the adapter's own checkpoint where the two were tuned together.
 * Throws InputError for another family of towers and for a folder that does not say how pictures become pixels.
 */
export async function openVisionPart(folder: string, adapter: Adapter): Promise<VisionPart> {
  const spec = await VisionTower.spec(folder);
  const { visionOptions, imageAspectRatio } = seenThrough(adapter);
  const { selectLayer = -2, selectFeature = "patch" } = visionOptions;
  const preprocessor = join(folder, PREPROCESSOR);
  if (!(await exists(preprocessor))) {
    throw new InputError(
      `${folder}: holds no ${PREPROCESSOR}, which the exported model needs; bring it with the tower`,
    );
  }
  await loadImageProcessor(folder); // Throws for what it cannot do.
  const where = adapter.hasTunedTower ? adapter.folder : folder;
  const { tensors } = await openCheckpoint(where);
  return {
    ...{ folder, name: folderName(folder), spec, preprocessor, imageAspectRatio },
    weights: { tensors, where },
    selection: { selectLayer, selectFeature },
  };
}
