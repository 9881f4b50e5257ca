import { execFileSync } from "node:child_process";
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { checkReportFile, writeReportFile } from "../../src/files/report-file.js";
import { htmlPage } from "../../src/layout/html.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const page = (body: string): string => htmlPage("langbridge eval: gqa", body);
let folder: string;
let at: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
  mkdirSync(folder);
  at = join(folder, "report.html");
});

describe("writeReportFile", () => {
  test("makes the file and the folders on the way, and replaces an earlier page", async () => {
    const deep = join(folder, "a", "b", "report.html");
    await writeReportFile(deep, page("1"));
    await writeReportFile(deep, page("2"));
    expect(readFileSync(deep, "utf8")).toBe(page("2"));
    expect(readdirSync(join(folder, "a", "b"))).toEqual(["report.html"]);
  });

  test("fills an empty file", async () => {
    writeFileSync(at, "");
    await writeReportFile(at, page("1"));
    expect(readFileSync(at, "utf8")).toBe(page("1"));
  });

  test.each(["my notes", "<!doctype html><title>mine</title>", "\u0000".repeat(9000)])(
    "what is there and no page of this tool stays: %#",
    async (mine) => {
      writeFileSync(at, mine);
      await expect(writeReportFile(at, page("1"))).rejects.toMatchObject({
        name: "InputError",
        message: `${at}: is there already and no report of langbridge; choose another name, or remove it`,
      });
      expect(readFileSync(at, "utf8")).toBe(mine);
    },
  );

  test("a link keeps leading where it led, to the new page", async () => {
    mkdirSync(join(folder, "real"));
    writeFileSync(join(folder, "real", "page.html"), page("1"));
    symlinkSync("real/page.html", at);
    await writeReportFile(at, page("2"));
    expect(lstatSync(at).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "real", "page.html"), "utf8")).toBe(page("2"));
  });

  test("a link to nowhere, a folder and a socket are refused before any work", async () => {
    symlinkSync("nowhere", at);
    await expect(checkReportFile(at)).rejects.toThrow("is a link that leads nowhere");
    await expect(checkReportFile(folder)).rejects.toThrow("is a folder, no place for a report");
    const socket = join(folder, "socket");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await expect(checkReportFile(socket)).rejects.toThrow("is a socket, no place for a report");
    await new Promise((resolve) => server.close(resolve));
    await expect(checkReportFile(join(folder, "a\0b"))).rejects.toMatchObject({ name: "InputError" });
  });

  test("a pipe takes the page as a stream and stays a pipe", async () => {
    execFileSync("mkfifo", [at]);
    await expect(writeReportFile(at, page("1"))).rejects.toThrow("no program is at the other end");
    const read = text(createReadStream(at));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await writeReportFile(at, page("x".repeat(1e6)));
    expect(await read).toBe(page("x".repeat(1e6)));
    expect(statSync(at).isFIFO()).toBe(true);
  });

  test("a device stays a device", async () => {
    if (process.geteuid?.() !== 0) return;
    execFileSync("mknod", ["-m", "666", at, "c", "1", "3"]);
    await writeReportFile(at, page("1"));
    expect(statSync(at).isCharacterDevice()).toBe(true);
    execFileSync("rm", [at]);
    execFileSync("mknod", ["-m", "666", at, "c", "1", "7"]); // /dev/full
    await expect(writeReportFile(at, page("1"))).rejects.toThrow("cannot be written: the disk is full");
  });
});
