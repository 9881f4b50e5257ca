import type { Device } from "../sessions/device.js";
import { tryProduct } from "./try-product.js";
import type { WorkerClient } from "../sessions/client.js";

/**
 * The device, with the facts that only a try tells: not every WebGPU device computes float16. A missing device is returned
 * too; whatever opens a session on it throws.
 */
export async function openDevice(
  client: WorkerClient,
  device: Device,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Device> {
  if (device.kind !== "webgpu") return device;
  const problem = await tryProduct(client, { device, precision: "f16", signal });
  return problem === undefined ? device : { ...device, lacksFloat16: true };
}
