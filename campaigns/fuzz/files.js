import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const WORLD = join(ROOT, "fixtures", "small-world");
export const GOLDENS = join(ROOT, "test", "goldens");

export const readText = (...path) => readFileSync(join(...path), "utf8");
export const readJson = (...path) => JSON.parse(readText(...path));

/** A folder of links to the files of another, but for those that an input writes itself. */
export function linkFolder(from, to, { except = [] } = {}) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) if (!except.includes(name)) symlinkSync(join(from, name), join(to, name));
  return to;
}

/** Paths of the files of a folder with one of these endings. */
export const filesOf = (folder, ...endings) =>
  readdirSync(folder)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name));

/** A zip archive of stored members, each `{ name, data }`, as PyTorch writes them; `edit` may change the records of a member. */
export function zipOf(members, crc32) {
  const [parts, directory] = [[], []];
  let at = 0;
  for (const { name, data, ...odd } of members) {
    const field = { method: 0, flags: 0, crc: crc32(data), stored: data.length, size: data.length, at, ...odd };
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(field.flags, 2);
    shared.writeUInt16LE(field.method, 4);
    shared.writeUInt32LE(field.crc >>> 0, 10);
    shared.writeUInt32LE(field.stored >>> 0, 14);
    shared.writeUInt32LE(field.size >>> 0, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = [Buffer.from("PK\x03\x04"), shared, Buffer.from(name), data];
    const behind = Buffer.alloc(14);
    behind.writeUInt32LE(field.at >>> 0, 10);
    directory.push(Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), shared, behind, Buffer.from(name));
    parts.push(...local);
    at += local.reduce((sum, { length }) => sum + length, 0);
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

export const write = (path, content) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
