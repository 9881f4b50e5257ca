import { parentPort, workerData } from "node:worker_threads";
import { DecoderSession } from "./decoder-session.js";
import { PlainSession } from "./plain-session.js";
import type { FloatTensor, Request, Response, WorkerMethods } from "./protocol.js";

/* The thread in which onnxruntime runs, because a run blocks the thread that calls it. */

const port = parentPort!;
/** (1) Not 0 once nothing more is to be begun. */
const stop = workerData as Int32Array;
const sessions = new Map<number, PlainSession | DecoderSession>();
let opened = 0;

function remember(session: PlainSession | DecoderSession): number {
  sessions.set(++opened, session);
  return opened;
}

function find<T>(id: number, kind: new (...args: never[]) => T): T {
  const session = sessions.get(id);
  // Private constructors keep `instanceof` from being typed by the class itself.
  if (!(session instanceof (kind as unknown as new () => object))) throw new Error(`session ${id} is closed`);
  return session as T;
}

const methods: WorkerMethods = {
  open: async (request) => remember(await PlainSession.open(request)),
  openDecoder: async (request) => remember(await DecoderSession.open(request)),
  run: ({ session, feeds }) => find(session, PlainSession as never as new () => PlainSession).run(feeds),
  extend: (request) => find(request.session, DecoderSession as never as new () => DecoderSession).extend(request),
  close: async ({ session }) => {
    await sessions.get(session)?.close();
    sessions.delete(session);
  },
};

function transferables(result: unknown): ArrayBuffer[] {
  if (typeof result !== "object" || result === null) return [];
  return Object.values(result as Record<string, FloatTensor>).flatMap((value) =>
    ArrayBuffer.isView(value?.data) ? [value.data.buffer as ArrayBuffer] : [],
  );
}

async function answer({ id, method, argument }: Request): Promise<void> {
  let response: Response;
  try {
    if (Atomics.load(stop, 0) !== 0) throw new Error("the thread is being ended");
    response = { id, result: await methods[method](argument as never) };
  } catch (error) {
    const { name, message } = error as Error;
    response = { id, error: { name, message } };
  }
  port.postMessage(response, "result" in response ? transferables(response.result) : []);
}

// Requests run one after another: two runs at once would fight over the cores and the caches.
let queue = Promise.resolve();
port.on("message", (request: Request) => {
  queue = queue.then(() => answer(request));
});
