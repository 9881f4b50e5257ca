import { fileURLToPath } from "node:url";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InputError, InterruptedError } from "../errors.js";
import { exists } from "../files/look.js";
import type { Progress } from "../progress.js";
import { textsOf } from "./texts.js";

/** Characters of texts that a thread is handed at once. */
const BATCH_CHARACTERS = 2 ** 19;
/** Batches that wait for a thread; what is read ahead is bounded by them. */
const BATCHES_AHEAD = 2;

export interface CountOptions {
  /** Folder of the tokenizer that splits the texts. */
  readonly tokenizer: string;
  /** Threads that count; one for each core when left out. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Progress | undefined;
}

/**
 * Counts the tokens of texts with a tokenizer: how often each id comes. Files are streamed, and counted in threads of their own.
 *
 * @param files paths with the bytes of each, for progress
 * @throws InputError for a file that is damaged, InterruptedError once `signal` fires
 */
export async function countTokens(
  files: readonly { readonly path: string; readonly bytes: number }[],
  { tokenizer, threads = availableParallelism(), signal, onProgress }: CountOptions,
): Promise<Float64Array> {
  const entry = await workerEntry();
  const pool = Array.from({ length: threads }, () => new CountThread(entry, tokenizer));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  try {
    let next = 0;
    let before = 0;
    for (const { path, bytes: size } of files) {
      let batch: string[] = [];
      let characters = 0;
      for await (const { text, bytes } of textsOf(path, { signal })) {
        batch.push(text);
        characters += text.length;
        if (characters < BATCH_CHARACTERS) continue;
        await pool[next++ % threads]!.take(batch);
        [batch, characters] = [[], 0];
        onProgress?.({ stage: "counting tokens", done: before + bytes, total, unit: "bytes" });
        if (signal?.aborted) throw new InterruptedError("interrupted; nothing was written");
      }
      if (batch.length > 0) await pool[next++ % threads]!.take(batch);
      before += size;
    }
    const counted = await Promise.all(pool.map((thread) => thread.finish()));
    const sums = new Float64Array(Math.max(...counted.map(({ length }) => length)));
    for (const counts of counted) counts.forEach((times, id) => (sums[id]! += times));
    return sums;
  } finally {
    await Promise.all(pool.map((thread) => thread.end()));
  }
}

interface Answer {
  readonly counts?: Float64Array;
  readonly error?: { readonly name: string; readonly message: string };
}

/** One thread that counts, and the batches that it has not answered. */
class CountThread {
  private readonly worker: Worker;
  private readonly waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  private readonly ahead: Promise<Answer>[] = [];
  private failed: Error | undefined;

  constructor(entry: URL, tokenizer: string) {
    this.worker = new Worker(entry, { workerData: tokenizer, execArgv: [] });
    this.worker.on("message", (answer: Answer) => {
      const { error } = answer;
      if (error === undefined) this.waiting.shift()!.resolve(answer);
      else this.fail(new InputError(error.message));
    });
    this.worker.on("error", (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
  }

  /** Hands over a batch, and waits while others are before it. */
  async take(texts: readonly string[]): Promise<void> {
    this.ahead.push(this.ask(texts));
    if (this.ahead.length > BATCHES_AHEAD) await this.ahead.shift();
  }

  async finish(): Promise<Float64Array> {
    await Promise.all(this.ahead.splice(0));
    return (await this.ask(null)).counts!;
  }

  async end(): Promise<void> {
    for (const pending of this.ahead) pending.catch(() => undefined);
    await this.worker.terminate();
  }

  private ask(message: readonly string[] | null): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.failed !== undefined) return reject(this.failed);
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(message);
    });
    answer.catch(() => undefined); // Awaited when its turn comes.
    return answer;
  }

  private fail(error: Error): void {
    this.failed = error;
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

/** Threads run compiled code, also where the source is run. */
async function workerEntry(): Promise<URL> {
  const beside = new URL("./count-worker.js", import.meta.url);
  const isCompiled = await exists(fileURLToPath(beside));
  return isCompiled ? beside : new URL("../../dist/src/ranking/count-worker.js", import.meta.url);
}
