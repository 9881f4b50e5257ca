import type { Adapter } from "../../adapter/load.js";
import { hashModel } from "../../checkpoint/hash-model.js";
import { folderName } from "../../checkpoint/hub-cache.js";
import { visionSelection, type VisionSelection, type VisionSpec } from "../../model/vision/vision-family.js";
import type { Weights } from "../../checkpoint/weights.js";
import { requireOneView, visionSettings } from "../../runtime/parts/vision-settings.js";
import { openTower } from "../transformers/llava-parts.js";

/** A vision tower, with what an adapter takes of it. */
export interface VisionPart {
  readonly folder: string;
  readonly name: string;
  /** What tells one training of it from another. */
  readonly identity: string;
  readonly spec: VisionSpec;
  readonly weights: Weights;
  readonly selection: VisionSelection;
  /** Pictures are padded to a square first. */
  readonly pads: boolean;
  /** The settings by which pixels are made of a picture. */
  readonly preprocessor: Readonly<Record<string, unknown>>;
}

/**
 * Opens the tower of a folder.
 *
 * @throws InputError for another family, or for an image processor that is not CLIP's or of another size
 */
export async function openVisionPart(folder: string, adapter: Adapter): Promise<VisionPart> {
  const { spec, checkpoint, preprocessor } = await openTower(folder, adapter);
  const settings = visionSettings(adapter);
  const { pads } = requireOneView(settings, adapter.path, "this export");
  return {
    ...{ folder, name: folderName(folder), spec, preprocessor, pads },
    identity: await hashModel(checkpoint),
    weights: { tensors: checkpoint.tensors, path: checkpoint.folder },
    selection: visionSelection(settings.visionOptions),
  };
}
