import { readFeatures, type FeatureFile } from "../../checkpoint/feature-file.js";
import type { Dataset } from "../tasks/benchmark.js";
import type { ImageSource } from "../tasks/item.js";

/** The same questions about the entries of a file of features, each of which has the name of the picture, or sound, that it stands for. */
export function aboutFeatures<Truth>(dataset: Dataset<Truth>, features: FeatureFile): Dataset<Truth> {
  const items = dataset.items.map((item) => {
    return item.image === null ? item : { ...item, image: featureSource(item.image, features) };
  });
  return { ...dataset, items };
}

/** What has no entry has no file either, and so counts as missing. */
function featureSource({ key, file }: ImageSource, features: FeatureFile): ImageSource {
  const name = file ?? key;
  if (!features.entries.has(name)) return { key, file: null, embedded: null };
  const read = async (): Promise<Uint8Array> => {
    const { buffer, byteOffset, byteLength } = await readFeatures(features, name);
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  return { key, file: null, embedded: { read } };
}
