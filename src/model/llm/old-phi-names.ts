import type { CheckpointTensor } from "../../tensor/tensor-info.js";

/** Where a name of Microsoft's first files of Phi stands in transformers' files, behind the number of a layer where there is one. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.embd\.wte\./, "model.embed_tokens."],
  [/^lm_head\.ln\./, "model.final_layernorm."],
  [/^lm_head\.linear\./, "lm_head."],
  [/^transformer\.h\.(\d+)\.ln\./, "model.layers.$1.input_layernorm."],
  [/^transformer\.h\.(\d+)\.mixer\.Wqkv\./, "model.layers.$1.self_attn.Wqkv."],
  [/^transformer\.h\.(\d+)\.mixer\.out_proj\./, "model.layers.$1.self_attn.dense."],
  [/^transformer\.h\.(\d+)\.mlp\./, "model.layers.$1.mlp."],
];

const LANDMARK = "transformer.embd.wte.weight";

/** Tensors under transformers' names, where they have those of Phi's first files; others as they are. */
export function renameOldPhi(tensors: ReadonlyMap<string, CheckpointTensor>): ReadonlyMap<string, CheckpointTensor> {
  if (!tensors.has(LANDMARK)) return tensors;
  return new Map(
    [...tensors].map(([old, tensor]) => {
      const rule = NAMES.find(([pattern]) => pattern.test(old));
      const name = rule === undefined ? old : old.replace(rule[0], rule[1]);
      return [name, { ...tensor, name }];
    }),
  );
}
