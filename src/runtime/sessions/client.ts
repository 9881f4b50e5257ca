import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { InputError, InterruptedError, UnavailableError } from "../../errors.js";
import type { Request, Response, WorkerMethods } from "./protocol.js";

const ERRORS = { InputError, UnavailableError, InterruptedError } as const;

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Stack of the thread, in MB; memory is taken as it is used. On Linux onnxruntime searches the command line of the process by a regular
 * expression that recurses for every character, some 300 bytes each: in Node's 4 MB a command that names 250 photos by their
 * full paths ended in a segmentation fault. This serves 12,000 paths of 70 characters.
 */
const STACK_MB = 256;

/** The calling side of the worker thread. It does not keep the process alive while nothing is asked. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  /** Calls that the thread has not answered yet, those that were interrupted among them. */
  readonly #unanswered = new Set<number>();
  /** (1) Not 0 once the thread is to begin nothing more; it sees that between two runs, while messages would wait. */
  readonly #stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #whenIdle: (() => void) | undefined;
  #asked = 0;
  #ended: Error | undefined;

  constructor() {
    // The thread gets no options of the process, which are meant for its own program: --input-type, of a program on the
    // command line, ends a thread that runs a file.
    this.#worker = new Worker(workerEntry(), {
      resourceLimits: { stackSizeMb: STACK_MB },
      execArgv: [],
      env: SHARE_ENV,
      workerData: this.#stop,
    });
    this.#worker.unref();
    this.#worker.on("message", (response: Response) => this.#settle(response));
    this.#worker.on("error", (error) => this.#gone(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", () => this.#gone(new UnavailableError("the thread that runs the model has ended")));
  }

  /** Whether the thread has ended, by `terminate` or by an error. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Asks the worker; rejects at once with InterruptedError when `signal` fires, though the run itself goes on to its end. */
  async call<M extends keyof WorkerMethods>(
    method: M,
    argument: Parameters<WorkerMethods[M]>[0],
    { signal, transfer = [] }: { readonly signal?: AbortSignal | undefined; readonly transfer?: ArrayBuffer[] } = {},
  ): Promise<Awaited<ReturnType<WorkerMethods[M]>>> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = ++this.#asked;
    const abort = (): void => this.#reject(id, new InterruptedError("interrupted while the model was running"));
    if (signal?.aborted) throw new InterruptedError("interrupted before the model was run");
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await new Promise<Awaited<ReturnType<WorkerMethods[M]>>>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#unanswered.add(id);
        this.#worker.ref();
        this.#worker.postMessage({ id, method, argument } satisfies Request, transfer);
      });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /**
   * Ends the thread and everything in it, as soon as a run that it is in has ended: onnxruntime can stop within none, and a thread that
   * is ended while it opens a session takes the process with it.
   */
  async terminate(): Promise<void> {
    this.#end(new UnavailableError("the model was disposed of"));
    Atomics.store(this.#stop, 0, 1);
    if (this.#unanswered.size > 0) {
      this.#worker.ref();
      await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    }
    await this.#worker.terminate();
  }

  #settle(response: Response): void {
    this.#unanswered.delete(response.id);
    if (this.#unanswered.size === 0) this.#whenIdle?.();
    if ("error" in response) {
      const { name, message } = response.error;
      const Kind = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error;
      this.#reject(response.id, new Kind(message));
      return;
    }
    this.#take(response.id)?.resolve(response.result as never);
  }

  #reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
    return pending;
  }

  #gone(error: Error): void {
    this.#end(error);
    this.#unanswered.clear();
    this.#whenIdle?.();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const id of [...this.#pending.keys()]) this.#reject(id, error);
  }
}

/** Runs `use` with a worker thread of its own, which ends with it in any case. */
export async function withWorker<Result>(use: (client: WorkerClient) => Promise<Result>): Promise<Result> {
  const client = new WorkerClient();
  try {
    return await use(client);
  } finally {
    await client.terminate();
  }
}

/** A worker needs compiled code: beside this file in the package, in dist/ when the sources run under test. */
function workerEntry(): URL {
  const beside = new URL("./worker.js", import.meta.url);
  if (existsSync(fileURLToPath(beside))) return beside;
  return new URL("../../../dist/src/runtime/sessions/worker.js", import.meta.url);
}
