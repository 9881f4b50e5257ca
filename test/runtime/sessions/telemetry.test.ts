import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { platform } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const LIBRARY = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dist", "src", "index.js");

/** onnxruntime's telemetry writes its id of the machine as the first session opens, and looks its host up within seconds. */
const WATCHED_MS = 3000;

/**
 * Runs a product through onnxruntime and notes every socket that its process opens, then one of its own as a proof that sockets
 * are seen.
 */
const PROGRAM = `
  import { createSocket } from "node:dgram";
  import { readdirSync, readlinkSync } from "node:fs";
  import { setTimeout } from "node:timers/promises";
  import { diagnose } from ${JSON.stringify(pathToFileURL(LIBRARY).href)};
  const sockets = new Set();
  const look = () => {
    for (const name of readdirSync("/proc/self/fd")) {
      try {
        const to = readlinkSync("/proc/self/fd/" + name);
        if (to.startsWith("socket:")) sockets.add(to);
      } catch {} // Closed meanwhile.
    }
  };
  look();
  const inherited = sockets.size;
  const timer = setInterval(look, 1);
  const { devices } = await diagnose({ device: "cpu" });
  await setTimeout(${WATCHED_MS});
  clearInterval(timer);
  const opened = sockets.size - inherited;
  const own = createSocket("udp4").bind(0);
  await new Promise((resolve) => own.once("listening", resolve));
  look();
  own.close();
  process.stdout.write(JSON.stringify({ ran: devices[0].runs.length > 0, opened, seen: sockets.size - inherited - opened }));
`;

const root = temporaryFolder();

describe("onnxruntime's telemetry", () => {
  (platform() === "linux" ? test : test.skip)("is off: no file in the home folder, no socket", () => {
    const home = join(root, "home");
    mkdirSync(home);
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: home };
    delete env["ORT_DISABLE_TELEMETRY"];
    delete env["XDG_CACHE_HOME"];
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", PROGRAM], { encoding: "utf8", env });
    expect(JSON.parse(printed)).toEqual({ ran: true, opened: 0, seen: 1 });
    expect(readdirSync(home)).toEqual([]);
  });
});
