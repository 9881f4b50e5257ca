import { ADAPTER_FORMAT_VERSION, ADAPTER_MODEL_TYPE, VISION_KEYS, type AdapterConfig } from "../../adapter/config.js";
import { moveVisionTower } from "../../adapter/tower-path.js";
import type { OutputMeasures, TransferOutputs } from "../tensors/outputs.js";
import type { TransferPlan } from "../plan/plan-transfer.js";

const FIRST_LAYER = "mm_projector.0.weight";
/** Whether a projector has a hidden layer. */
const isDeep = (tensors: TransferOutputs["tensors"]): boolean =>
  tensors.some(({ name }) => name === "mm_projector.2.weight");

/** config.json of the new adapter: the official keys, the source's vision keys, and where all came from. */
export function adapterConfig(
  plan: TransferPlan,
  { settings, tensors }: Pick<TransferOutputs, "settings" | "tensors">,
  measures: OutputMeasures,
  { toolVersion, output }: { readonly toolVersion: string; readonly output: string },
): AdapterConfig {
  const { source, target, rowPlan, missing, method } = plan;
  const { config } = source.adapter;
  const tower = config.mm_vision_tower;
  const vision = VISION_KEYS.filter((key) => config[key] !== undefined).map((key) => [key, config[key]] as const);
  return {
    model_type: ADAPTER_MODEL_TYPE,
    // The official code knows no decoding and would use the matrix alone; it refuses a projector of another name.
    mm_projector_type: method.decodesAtRunTime ? `${source.projector.kind}_${method.name}` : source.projector.kind,
    mm_hidden_size: source.projector.visionHiddenSize,
    ...(isDeep(tensors) && { mlp_hidden_size: tensors.find(({ name }) => name === FIRST_LAYER)!.shape[0]! }),
    ...(method.makesMatrix(source.projector) && { mm_vocab_size: rowPlan.written.length }),
    hidden_size: target.table.hiddenSize,
    ...(Object.fromEntries(vision) as Partial<AdapterConfig>),
    ...(tower && { mm_vision_tower: moveVisionTower(tower, { from: source.adapter.folder, to: output }) }),
    langbridge: {
      format_version: ADAPTER_FORMAT_VERSION,
      tool_version: toolVersion,
      source_adapter_sha256: measures.adapterSha256,
      target: {
        name: target.name,
        config_sha256: target.configSha256,
        tokenizer_sha256: target.tokenizerSha256,
        rows_sha256: measures.rowsSha256,
        embedding_tensor: target.table.tensor.name,
        embedding_scale: target.embeddingScale,
      },
      ...(plan.vectorScale !== target.embeddingScale && { vector_scale: plan.vectorScale }),
      ...(missing !== undefined && { missing }),
      align: method.name,
      ...(Object.keys(settings).length > 0 && { align_settings: settings }),
      ...(measures.decodeRowsSha256 !== undefined && { decode_rows_sha256: measures.decodeRowsSha256 }),
    },
  };
}
