import { ADAPTER_FORMAT_VERSION, ADAPTER_MODEL_TYPE, VISION_KEYS, type AdapterConfig } from "../adapter/config.js";
import type { OutputMeasures } from "./outputs.js";
import type { TransferPlan } from "./plan.js";

/** config.json of the new adapter: the official keys, the source's vision keys as they were, and where all came from. */
export function adapterConfig(plan: TransferPlan, measures: OutputMeasures, toolVersion: string): AdapterConfig {
  const { source, target, rowPlan, missing } = plan;
  const { config } = source.adapter;
  const vision = VISION_KEYS.filter((key) => config[key] !== undefined).map((key) => [key, config[key]] as const);
  return {
    model_type: ADAPTER_MODEL_TYPE,
    mm_projector_type: "mm_vocab",
    mm_hidden_size: source.projector.visionHiddenSize,
    mlp_hidden_size: source.projector.mlpHiddenSize,
    mm_vocab_size: rowPlan.rows.length,
    hidden_size: target.table.hiddenSize,
    ...(Object.fromEntries(vision) as Partial<AdapterConfig>),
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
      },
      missing,
      align: "none",
    },
  };
}
