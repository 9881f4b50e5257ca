/** Memory that is filled before it is read, so without zeroes first, in an ArrayBuffer of its own at offset 0. */
export function allocateBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
