import { openOnnxFile, type NamedTensor } from "./onnx-file.js";

type Feeds = Readonly<Record<string, NamedTensor>>;
type Model = Awaited<ReturnType<typeof openOnnxFile>>;

/** int64 (rows, columns). */
export const int64 = (rows: readonly (readonly number[])[]): NamedTensor => ({
  data: BigInt64Array.from(rows.flat(), BigInt),
  dims: [rows.length, rows[0]!.length],
});

/** An LLM's two exported models, run by a program that knows nothing of the one that wrote them. */
export class ExportedLlm {
  private constructor(
    private readonly embeddings: Model,
    private readonly decoder: Model,
  ) {}

  static async open(files: { readonly embeddings: string; readonly decoder: string }): Promise<ExportedLlm> {
    return new ExportedLlm(await openOnnxFile(files.embeddings), await openOnnxFile(files.decoder));
  }

  async close(): Promise<void> {
    for (const { session } of [this.embeddings, this.decoder]) await session.release();
  }

  /** Embeddings (batch, tokens, hidden). */
  async embed(ids: readonly (readonly number[])[]): Promise<NamedTensor> {
    const { inputs_embeds } = await this.embeddings.run({ input_ids: int64(ids) });
    return inputs_embeds!;
  }

  /** Logits (batch, 1, vocab) and the caches after some tokens; `mask` covers those before too. */
  async step(embeddings: NamedTensor, mask: readonly (readonly number[])[], past?: Feeds) {
    const feeds = { inputs_embeds: embeddings, attention_mask: int64(mask), ...(past ?? this.empty(mask.length)) };
    const { logits, ...present } = await this.decoder.run(feeds);
    const renamed = Object.entries(present).map(([name, cache]) => [name.replace("present", "past_key_values"), cache]);
    return { logits: logits!, past: Object.fromEntries(renamed) as Feeds };
  }

  private empty(batch: number): Feeds {
    const caches = this.decoder.session.inputMetadata.filter(({ name }) => name.startsWith("past_key_values."));
    const shapes = caches.map(
      (input) => [input.name, (input as { shape: readonly (number | string)[] }).shape] as const,
    );
    return Object.fromEntries(
      shapes.map(([name, shape]) => {
        return [name, { data: new Float32Array(0), dims: [batch, Number(shape[1]), 0, Number(shape[3])] }];
      }),
    );
  }
}

/** The logits (vocab) of one sequence. */
export function logitsOf({ data, dims }: NamedTensor, row: number): Float32Array {
  const width = dims[2]!;
  return (data as Float32Array).slice(row * width, (row + 1) * width);
}
