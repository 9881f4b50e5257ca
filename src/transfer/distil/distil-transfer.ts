import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdapterConfig } from "../../adapter/config.js";
import { loadAdapter, type Adapter } from "../../adapter/load.js";
import { moveVisionTower } from "../../adapter/tower-path.js";
import { writeSafetensors } from "../../checkpoint/safetensors/write.js";
import { InputError } from "../../errors.js";
import { checkOutputFolder, writeFolderAtomically } from "../../files/atomic-folder.js";
import { removeFolder } from "../../files/look.js";
import { checkOptions } from "../../files/check-json.js";
import { countOption, optionsOf } from "../../files/option-schemas.js";
import { jsonText } from "../../files/json-file.js";
import { writeFile } from "../../files/write-file.js";
import { CARD_FILE } from "../../layout/model-card.js";
import { percent } from "../../layout/numbers.js";
import type { TransferPlan } from "../plan/plan-transfer.js";
import { executeTransfer, REPORT_FILE, WEIGHTS_FILE, writingOptions, type TransferOptions } from "../transfer.js";
import { adapterCard } from "../report/adapter-card.js";
import type { TransferReport } from "../report/report.js";
import { fitProjector, type DistilFigures, type DistilledProjector } from "./fit-projector.js";

export interface DistilOptions extends Omit<TransferOptions, "official"> {
  /** Units of the hidden layer; as many as the target is wide when left out, which is what transformers' LLaVA holds. */
  readonly units?: number | undefined;
  /** Pictures used, at most, spread evenly over the folder; 1,000 when left out. */
  readonly pictures?: number | undefined;
}

const distilOptions = optionsOf<DistilOptions>()({
  ...writingOptions,
  units: countOption.optional(),
  pictures: countOption.optional(),
});

/** A transfer's report, and how well the ordinary projector meets what was transferred. */
export interface DistilReport extends TransferReport {
  readonly distilled: DistilFigures;
}

/**
 * Carries out a plan, fits an ordinary two-layer projector to what the transferred adapter makes of the plan's pictures, and writes
 * that in its place: a stock `mlp2x_gelu`, which every runtime of LLaVA reads.
 *
 * @throws InputError without pictures, and as `executeTransfer` and `fitProjector` do
 */
export async function distilTransfer(plan: TransferPlan, options: DistilOptions): Promise<DistilReport> {
  checkOptions(distilOptions, options, "the options of distilTransfer");
  const { output, force = false, toolVersion, cacheFolder = tmpdir(), signal, onProgress, onNote } = options;
  const { examples, target } = plan;
  if (examples === undefined) {
    throw new InputError(
      "--projector mlp: needs --images and --vision, pictures to fit to and the tower that sees them, or --features",
    );
  }
  const { units = target.table.hiddenSize, pictures } = options;
  await checkOutputFolder(output, { force, sources: plan.inputs });
  const write = async (folder: string): Promise<DistilReport> => {
    const transferred = join(folder, plan.source.adapter.name);
    const shared = { cacheFolder, signal, onProgress, onNote };
    const report = await executeTransfer(plan, { ...shared, toolVersion, output: transferred });
    const adapter = await loadAdapter(transferred);
    const { layers, figures } = await fitProjector(adapter, examples, { ...shared, units, pictures });
    const distilled: DistilReport = { ...report, checks: [...report.checks, ...describe(figures)], distilled: figures };
    const metadata = { format: "pt", tool: `langbridge ${toolVersion}` };
    await removeFolder(transferred);
    await writeSafetensors(join(folder, WEIGHTS_FILE), tensorsOf(layers, adapter), { metadata, signal });
    await writeFile(join(folder, "config.json"), jsonText(configOf(plan, adapter, figures, output)));
    await writeFile(join(folder, REPORT_FILE), jsonText(distilled));
    await writeFile(join(folder, CARD_FILE), adapterCard(distilled));
    await loadAdapter(folder);
    return distilled;
  };
  const width = target.table.hiddenSize;
  const expectedBytes = Float32Array.BYTES_PER_ELEMENT * units * (width + plan.source.projector.visionHiddenSize);
  return writeFolderAtomically(output, write, { force, expectedBytes, signal });
}

function tensorsOf({ units, map }: DistilledProjector["layers"], { projector }: Adapter) {
  const [count, width] = [units.bias.length, map.bias.length];
  return [
    floats("mm_projector.0.weight", units.weight, [count, projector.visionHiddenSize]),
    floats("mm_projector.0.bias", units.bias, [count]),
    floats("mm_projector.2.weight", map.weight, [width, count]),
    floats("mm_projector.2.bias", map.bias, [width]),
  ];
}

/** The transferred adapter's config.json, of a projector that neither decodes nor chooses words. */
function configOf(
  { source, vectorScale }: TransferPlan,
  { config }: Adapter,
  { units, lambda }: DistilFigures,
  output: string,
): AdapterConfig {
  const { langbridge, ...keys } = config;
  const { align, align_settings: settings, ...made } = langbridge!;
  const tower = source.adapter.config.mm_vision_tower;
  return {
    ...keys,
    mm_projector_type: "mlp2x_gelu",
    mlp_hidden_size: units,
    mm_vocab_size: undefined,
    ...(tower && { mm_vision_tower: moveVisionTower(tower, { from: source.adapter.folder, to: output }) }),
    langbridge: {
      ...{ ...made, decode_rows_sha256: undefined, vector_scale: vectorScale },
      ...{ align: "distilled", align_settings: { ...settings, from: align, units, lambda } },
    },
  };
}

function floats(name: string, values: Float32Array, shape: readonly number[]) {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: "F32" as const, shape, data };
}

function describe({ pictures, patches, units, lambda, heldOut, r2, cosine, wordsKept }: DistilFigures): string[] {
  const words = wordsKept === undefined ? "" : `, and the said word is still the nearest for ${percent(wordsKept)}`;
  return [
    `fitted ${units} units to ${patches} patches of ${pictures} pictures with lambda ${lambda}`,
    `of ${heldOut} patches of pictures left out ${percent(Math.max(r2, 0))} of the variance is met, the mean cosine is ${cosine.toFixed(2)}${words}`,
  ];
}
