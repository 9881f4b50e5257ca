/** Bytes of a safetensors file from its header, as text or as an object, and its data: nothing is checked. */
export function safetensorsBytes(header: string | object, data: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}
