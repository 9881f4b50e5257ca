import { TestEnvironment } from "jest-environment-node";

const SHARED = [
  "Array",
  "ArrayBuffer",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
  "Int8Array",
  "Int16Array",
  "Int32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Uint32Array",
];

/** Native addons check `instanceof` against the outer realm's classes, so tests get those instead of the sandbox's. */
export default class TypedArrayEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
  }
}
