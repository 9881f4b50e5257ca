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
  readonly signal?: AbortSignal | undefined;
}
