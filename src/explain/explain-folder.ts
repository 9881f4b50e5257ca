import { join } from "node:path";
import {
  explainFeatures,
  explainImages,
  type ExplainedEntry,
  type ExplainedImage,
  type ExplainExecution,
} from "./explain.js";
import { CSV_HEADER, patchLine, patchRows } from "./patch-lines.js";
import { isOfFeatures, type ExplainFeaturesPlan, type ExplainPlan } from "./plan-explanation.js";
import { startSummary, type ExplainSummary, type ImageSummary } from "./explain-summary.js";
import { z } from "zod";
import { checkOptions } from "../files/check-json.js";
import {
  callbackOption,
  countOption,
  flagOption,
  optionsOf,
  textOption,
  workOptions,
} from "../files/option-schemas.js";
import { writeFolderAtomically } from "../files/atomic-folder.js";
import { writeFileAtomically, writeTextAtomically } from "../files/file-writer.js";
import { startExplainPage } from "./page/explain-page.js";
import { startFeaturesPage } from "./page/features-page.js";

export interface WriteExplanationOptions extends ExplainExecution {
  /** Folder to make. */
  readonly output: string;
  /** Replace a folder that holds something. */
  readonly force?: boolean | undefined;
  /** Name and version of the program, for the output. */
  readonly toolVersion: string;
}

const writeOptions = optionsOf<WriteExplanationOptions>()({
  output: textOption,
  force: flagOption,
  toolVersion: textOption,
  device: textOption.optional(),
  dtype: textOption.optional(),
  threads: z.int().min(0).optional(),
  cacheFolder: textOption.optional(),
  keptCaches: countOption.optional(),
  ...workOptions,
  onNote: callbackOption<(note: string) => void>(),
});

/**
 * Explains the images of a plan, or its entries of a file of features, and writes the folder: index.html, patches.jsonl with a line for each, patches.csv
 * with a line for each token of a patch, and explain.json. It writes all of it or nothing; equal input gives equal bytes.
 *
 * @throws what `explainImages` and `writeFolderAtomically` throw
 */
export async function writeExplanation(
  plan: ExplainPlan | ExplainFeaturesPlan,
  options: WriteExplanationOptions,
): Promise<ExplainSummary> {
  checkOptions(writeOptions, options, "the options of writeExplanation");
  const { output, force, toolVersion, device, dtype, signal } = options;
  const write = async (folder: string): Promise<ExplainSummary> => {
    const summarizer = startSummary(plan);
    let finish: Page<never>["finish"];
    await writeFileAtomically(join(folder, "patches.csv"), async (table) => {
      await table.append(Buffer.from(CSV_HEADER));
      await writeFileAtomically(join(folder, "patches.jsonl"), async (lines) => {
        const take = async (item: ExplainedImage | ExplainedEntry): Promise<ImageSummary> => {
          const summary = summarizer.add(item);
          await lines.append(Buffer.from(patchLine(item, summary, plan)));
          await table.append(Buffer.from(patchRows(item, plan)));
          return summary;
        };
        finish = isOfFeatures(plan)
          ? await gather(explainFeatures(plan, options), startFeaturesPage(plan), take)
          : await gather(explainImages(plan, options), startExplainPage(plan), take);
      });
    });
    const summary = summarizer.finish({ toolVersion, device, dtype });
    await writeTextAtomically(join(folder, "index.html"), await finish!(summary));
    const { images, ...facts } = summary;
    await writeTextAtomically(
      join(folder, "explain.json"),
      `${JSON.stringify({ ...facts, images: images.length }, null, 2)}\n`,
    );
    return summary;
  };
  return writeFolderAtomically(output, write, { force, signal });
}

interface Page<Item> {
  add(item: Item, summary: ImageSummary): Promise<void> | void;
  finish(summary: ExplainSummary): Promise<string> | string;
}

/** Puts items on their page one after another, each when `take` has summed it up. */
async function gather<Item>(
  items: AsyncIterable<Item>,
  page: Page<Item>,
  take: (item: Item) => Promise<ImageSummary>,
): Promise<Page<Item>["finish"]> {
  for await (const item of items) await page.add(item, await take(item));
  return (summary) => page.finish(summary);
}
