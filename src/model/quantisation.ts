import { InputError } from "../errors.js";
import type { Weights } from "../checkpoint/weights.js";

/** How software that packs weights names what it writes, behind the name of a module; the surest signs first. */
const SIGNS: readonly { readonly ending: RegExp; readonly by: string }[] = [
  {
    ending: /\.weight\.(?:absmax|quant_map|nested_absmax|quant_state\.bitsandbytes__\w+)$/,
    by: "bitsandbytes (4 bits)",
  },
  { ending: /\.(?:SCB|weight_format)$/, by: "bitsandbytes (8 bits)" },
  { ending: /\.(?:qweight|qzeros|g_idx)$/, by: "GPTQ or AWQ" },
  { ending: /\.weight_packed$/, by: "compressed-tensors" },
  { ending: /\.(?:weight_scale|weight_scale_inv|input_scale)$/, by: "FP8 or INT8" },
  { ending: /_(?:blocks|scales)$/, by: "MXFP4" },
  { ending: /\.(?:W_q|codebooks|SU|SV)$/, by: "HQQ, AQLM or QuIP" },
  { ending: /\.scales$/, by: "MLX" },
];

/** Who has packed the weights among `names`, told by what lies beside them; undefined for weights as they were trained. */
export function findPacked(names: readonly string[]): { readonly name: string; readonly by: string } | undefined {
  return SIGNS.flatMap(({ ending, by }) => {
    const name = names.find((each) => ending.test(each));
    return name === undefined ? [] : [{ name, by }];
  })[0];
}

const WAY_OUT = "use the folder that it was made from, or a GGUF file of it";

/**
 * Refuses an LLM whose weights are packed in a way that is not read; its embedding table may well be read.
 *
 * @throws InputError naming the method, and what to use
 */
export function refusePacked({ path, tensors }: Weights, config: unknown): void {
  const packed = findPacked([...tensors.keys()]);
  const said = describeConfig(config);
  if (packed !== undefined) {
    throw new InputError(
      `${path}: its weights are quantised by ${said ?? packed.by} ("${packed.name}"), which cannot be run here; ${WAY_OUT}`,
    );
  }
  if (said === undefined) return;
  throw new InputError(
    `${path}/config.json: quantization_config names ${said}, which is not run here, and the weights are not quantised by it; without that key they run as they are stored`,
  );
}

interface QuantisationConfig {
  readonly quant_method?: unknown;
  readonly bits?: unknown;
  readonly load_in_4bit?: unknown;
  readonly load_in_8bit?: unknown;
}

/** What config.json says, in or outside of a composite's own part. */
function describeConfig(config: unknown): string | undefined {
  const parts = [config, (config as { readonly text_config?: unknown } | null)?.text_config];
  const fields = parts.map((part) => (part ?? {}) as Readonly<Record<string, QuantisationConfig | null | undefined>>);
  const found = fields.flatMap((part) => part["quantization_config"] ?? [])[0];
  if (found === undefined) return undefined;
  // MLX writes its settings under this key too.
  const isMlx = fields.some((part) => "quantization" in part);
  const method = typeof found.quant_method === "string" ? found.quant_method : isMlx ? "MLX" : "an unnamed method";
  const bits = found.bits ?? (found.load_in_4bit === true ? 4 : found.load_in_8bit === true ? 8 : undefined);
  return typeof bits === "number" ? `${method} (${bits} bits)` : method;
}
