/**
 * Headers of a zip archive whose members are stored one after the other, with their checksums behind them.
 * Source: PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3.
 */

/** A member as far as it is known before its data. */
export interface MemberOutline {
  readonly name: string;
  readonly length: number;
}

/** A member that is written. */
export interface WrittenMember extends MemberOutline {
  readonly crc32: number;
  /** Of its local header, from the start of the archive. */
  readonly offset: number;
}

/** Sizes and offsets from here on, and numbers of members from here on, go into ZIP64's fields of 64 bits. */
const ZIP64_FROM = 2 ** 32 - 1;
const ZIP64_MEMBERS_FROM = 2 ** 16 - 1;

const VERSION = 20;
const ZIP64_VERSION = 45;
/** Bit 3: the checksum and the sizes follow the data. Bit 11: names are UTF-8. */
const FLAGS = 0x0808;
/** 1 January 1980 in MS-DOS form, for all members: the same input gives the same bytes. */
const DATE = 0x0021;
const ZIP64_FIELD = 0x0001;
/** Not assigned to anyone; torch pads with it. */
const PADDING_FIELD = 0x4246;

const needsZip64 = (length: number): boolean => length >= ZIP64_FROM;

/** The header before a member, with a padding field so that data follows at a multiple of `alignment`. */
export function localHeader({ name, length }: MemberOutline, at: number, alignment: number): Buffer {
  const nameBytes = Buffer.from(name);
  // Announces that the sizes after the data have 64 bits; they are zero here, as bit 3 wants it.
  const zip64 = needsZip64(length) ? field(ZIP64_FIELD, uint64(0), uint64(0)) : Buffer.alloc(0);
  const unpadded = at + 30 + nameBytes.length + zip64.length + 4;
  const padding = field(PADDING_FIELD, Buffer.alloc((alignment - (unpadded % alignment)) % alignment));
  return Buffer.concat([
    Buffer.from("PK\x03\x04"),
    uint16(needsZip64(length) ? ZIP64_VERSION : VERSION, FLAGS, 0, 0, DATE),
    uint32(0, 0, 0),
    uint16(nameBytes.length, zip64.length + padding.length),
    nameBytes,
    zip64,
    padding,
  ]);
}

/** What follows the data of a member. */
export function dataDescriptor({ crc32, length }: Omit<WrittenMember, "offset" | "name">): Buffer {
  const sizes = needsZip64(length) ? [uint64(length), uint64(length)] : [uint32(length, length)];
  return Buffer.concat([Buffer.from("PK\x07\x08"), uint32(crc32), ...sizes]);
}

/** The list of members at the end of an archive, which starts at byte `at`. */
export function centralDirectory(members: readonly WrittenMember[], at: number): Buffer {
  const entries = Buffer.concat(members.map(directoryEntry));
  return Buffer.concat([entries, ...endOfDirectory(members.length, entries.length, at)]);
}

function directoryEntry({ name, length, crc32, offset }: WrittenMember): Buffer {
  const nameBytes = Buffer.from(name);
  const large = [...(needsZip64(length) ? [length, length] : []), ...(needsZip64(offset) ? [offset] : [])];
  const zip64 = large.length > 0 ? field(ZIP64_FIELD, ...large.map(uint64)) : Buffer.alloc(0);
  const version = large.length > 0 ? ZIP64_VERSION : VERSION;
  return Buffer.concat([
    Buffer.from("PK\x01\x02"),
    uint16(version, version, FLAGS, 0, 0, DATE),
    uint32(crc32, Math.min(length, ZIP64_FROM), Math.min(length, ZIP64_FROM)),
    uint16(nameBytes.length, zip64.length, 0, 0, 0),
    uint32(0, Math.min(offset, ZIP64_FROM)),
    nameBytes,
    zip64,
  ]);
}

function endOfDirectory(count: number, size: number, at: number): readonly Buffer[] {
  const shortCount = Math.min(count, ZIP64_MEMBERS_FROM);
  const end = Buffer.concat([
    Buffer.from("PK\x05\x06"),
    uint16(0, 0, shortCount, shortCount),
    uint32(Math.min(size, ZIP64_FROM), Math.min(at, ZIP64_FROM)),
    uint16(0),
  ]);
  if (count < ZIP64_MEMBERS_FROM && !needsZip64(size) && !needsZip64(at)) return [end];
  const record = Buffer.concat([
    Buffer.from("PK\x06\x06"),
    uint64(44), // Bytes of this record after this field.
    uint16(ZIP64_VERSION, ZIP64_VERSION),
    uint32(0, 0),
    ...[count, count, size, at].map(uint64),
  ]);
  const locator = Buffer.concat([Buffer.from("PK\x06\x07"), uint32(0), uint64(at + size), uint32(1)]);
  return [record, locator, end];
}

function field(id: number, ...values: readonly Buffer[]): Buffer {
  const data = Buffer.concat(values);
  return Buffer.concat([uint16(id, data.length), data]);
}

function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16LE(value, i * 2));
  return bytes;
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
