import { rmSync } from "node:fs";

/** What this process writes at this moment and would leave behind if it ended now. */
const unfinished = new Set<string>();

/** Marks `path` as what has to go when the process ends, until the function that it gives is called. */
export function whileUnfinished(path: string): () => void {
  unfinished.add(path);
  return () => unfinished.delete(path);
}

/** Deletes what is unfinished, for a process that ends at once. What cannot be deleted is left to the next run. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // A thread may still write there.
    }
  }
}
