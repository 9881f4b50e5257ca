import { join } from "node:path";
import { openAdapterFeatures } from "../../adapter/adapter-features.js";
import type { Adapter } from "../../adapter/load.js";
import { hashFeatureFile, readFeatures } from "../../checkpoint/feature-file.js";
import { hashModel } from "../../checkpoint/hash-model.js";
import { sha256OfFile } from "../../files/hash.js";
import { openPicture } from "../../image/picture-views.js";
import { openTowerCheckpoint, openTowerFiles } from "../../model/gguf/open-mmproj.js";
import { loadImageProcessor } from "../../model/vision/image-processors.js";
import type { LoadModelOptions, Model } from "../../runtime/parts/load-model.js";
import { visionSettings } from "../../runtime/parts/vision-settings.js";
import { pictureFiles } from "./picture-files.js";

/** Examples that show which vectors the source makes: pictures and the tower that sees them, or features that were made elsewhere. */
export type Examples = ExampleImages | ExampleFeatures;

export interface ExampleImages {
  /** Folder of pictures. */
  readonly images: string;
  /** Folder of the vision tower. */
  readonly vision: string;
}

export interface ExampleFeatures {
  /** A .safetensors or .npy file of features; see `openFeatureFile`. */
  readonly features: string;
}

export const isFeatures = (examples: Examples): examples is ExampleFeatures => "features" in examples;

/** Examples that can be seen one after another. */
export interface OpenExamples {
  /** The names of the pictures, or of the entries of the file. */
  readonly names: readonly string[];
  /** What a model is loaded with to see them. */
  readonly tower: Pick<LoadModelOptions, "vision" | "visionOptions">;
  /**
   * The features of each view of an example, one view after another, (vectors, width) each, by a model that holds that tower; with `view`
   * those of one, counted from 0 and round again.
   */
  features(model: Model, name: string, signal: AbortSignal | undefined, view?: number): AsyncIterable<Float32Array>;
}

/**
 * Opens examples for an adapter.
 *
 * @throws InputError for a folder without pictures, a tower that cannot be read, and features that the adapter does not take
 */
export async function openExamples(examples: Examples, adapter: Adapter): Promise<OpenExamples> {
  if (isFeatures(examples)) {
    const file = await openAdapterFeatures(examples.features, adapter);
    return {
      names: [...file.entries.keys()],
      tower: {},
      async *features(_model, name) {
        yield await readFeatures(file, name);
      },
    };
  }
  const { images, vision } = examples;
  const { visionOptions, imageScheme: scheme } = visionSettings(adapter);
  const processor = await loadImageProcessor(await openTowerFiles(vision));
  return {
    names: await pictureFiles(images),
    tower: { vision, visionOptions },
    async *features(model, name, signal, view) {
      const tower = model.vision!;
      const { views } = await openPicture(join(images, name), { processor, scheme, tower: tower.info });
      const looked = view === undefined ? views : [views[view % views.length]!];
      for (const { data } of looked) yield await tower.features(data, { signal });
    },
  };
}

/** What tells examples from others: of pictures, those of the tower and of each file. */
export async function hashExamples(examples: Examples): Promise<Readonly<Record<string, string | readonly string[]>>> {
  if (isFeatures(examples)) return { features: await hashFeatureFile(examples.features) };
  const { images, vision } = examples;
  const pictures: string[] = [];
  for (const file of await pictureFiles(images)) pictures.push(await sha256OfFile(join(images, file)));
  return { vision: await hashModel(await openTowerCheckpoint(vision)), pictures };
}
