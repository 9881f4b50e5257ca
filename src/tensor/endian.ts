/** Checkpoint formats are little-endian; on such a machine their bytes can be viewed as typed arrays directly. */
export const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
