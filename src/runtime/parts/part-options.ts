import type { Progress } from "../../progress.js";
import type { Device } from "../sessions/device.js";
import type { WorkerClient } from "../sessions/client.js";

/** What every part of a model is opened with. */
export interface PartOptions {
  readonly client: WorkerClient;
  readonly device: Device;
  /** As asked for; undefined is the device's default. */
  readonly dtype: string | undefined;
  /** 0 is one per core. */
  readonly threads: number;
  readonly cacheFolder: string;
  /** Called with one line about something that is worth knowing although the input is right. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onProgress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}
