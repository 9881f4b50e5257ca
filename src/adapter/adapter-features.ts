import { openFeatureFile, type FeatureFile } from "../checkpoint/feature-file.js";
import type { Adapter } from "./load.js";

/**
 * Opens the features that an adapter is given in place of those of a vision tower.
 *
 * @throws InputError as `openFeatureFile`, and naming the first entry whose vectors the adapter does not take
 */
export const openAdapterFeatures = (path: string, { projector, name }: Adapter): Promise<FeatureFile> =>
  openFeatureFile(path, { width: projector.visionHiddenSize, by: name });
