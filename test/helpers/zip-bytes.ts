import { crc32 } from "../../src/checkpoint/torch/crc32.js";

export interface ZipMemberBytes {
  readonly name: string;
  readonly data: Uint8Array;
  /** General purpose flags; 1 says encrypted. */
  readonly flags?: number;
  readonly method?: number;
  /** What the headers claim instead of the true length. */
  readonly claimedLength?: number;
}

/** A zip archive of stored members, written down byte by byte so that any field can lie. */
export function zipBytes(members: readonly ZipMemberBytes[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, flags = 0, method = 0, claimedLength = data.length } of members) {
    const nameBytes = Buffer.from(name);
    const fields = Buffer.alloc(26); // From "version needed" to "extra length", alike in both headers.
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(claimedLength + (flags & 1 ? 12 : 0), 14); // An encrypted member starts with 12 bytes of salt.
    fields.writeUInt32LE(claimedLength, 18);
    fields.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, nameBytes, data]);
    const place = Buffer.alloc(14); // Comment length, disk, attributes, offset.
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, place, nameBytes]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
