import { parentPort, workerData } from "node:worker_threads";
import { loadEncoder } from "../tokenizer/encoder.js";

/** The thread that counts: a list of texts is counted and answered, `null` asks for the counts of all. */
const counter = (await loadEncoder(workerData as string)).counter();
parentPort!.on("message", (texts: readonly string[] | null) => {
  try {
    if (texts === null) parentPort!.postMessage({ counts: counter.counts() });
    else {
      counter.add(texts);
      parentPort!.postMessage({});
    }
  } catch (error) {
    const { name, message } = error as Error;
    parentPort!.postMessage({ error: { name, message } });
  }
});
