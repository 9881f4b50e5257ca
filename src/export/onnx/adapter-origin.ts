import type { Adapter } from "../../adapter/load.js";
import type { LinearLayer } from "../../adapter/projector-layers.js";
import { sha256, sha256OfChunks } from "../../files/hash.js";
import { streamTensor } from "../../files/read-tensor.js";

/** What every model of an export records about the adapter in it. */
export async function adapterOrigin(
  adapter: Adapter,
  { folded, signal }: { readonly folded: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Readonly<Record<string, string>>> {
  const { name, config, projector } = adapter;
  const { align, align_settings: settings, target } = config.langbridge ?? {};
  return {
    adapter: name,
    adapter_sha256: await hashAdapter(adapter, signal),
    projector: projector.kind,
    folded: String(folded),
    ...(align !== undefined && { align }),
    ...(settings !== undefined && { align_settings: JSON.stringify(settings) }),
    ...(target !== undefined && { target: target.name, target_rows_sha256: target.rows_sha256 }),
  };
}

/** SHA-256 of the lines "NAME HASH" of every tensor of an adapter: layers, M and the rows that it decodes with. */
async function hashAdapter({ projector, matrix, decoding }: Adapter, signal: AbortSignal | undefined): Promise<string> {
  const layers = Object.values<LinearLayer>(projector.layers).flatMap(({ weight, bias }) => [weight, bias]);
  const tensors = [...layers, ...(matrix ? [matrix.tensor] : []), ...(decoding ? [decoding.matrix.tensor] : [])];
  let lines = "";
  for (const tensor of tensors) {
    lines += `${tensor.name} ${await sha256OfChunks(streamTensor(tensor, { signal }))}\n`;
  }
  return sha256(lines);
}
