// `node bench/serve.js [REQUESTS]`: memory of `langbridge serve` on the small world over many requests, of 50 clients at once. One in ten
// hangs up in the middle of its answer, one in ten sends a picture that is none. Prints resident memory after every tenth of the
// requests and what the clients got; Linux only, since it reads /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const REQUESTS = Number(process.argv[2] ?? 1000);
const CLIENTS = 50;
const PICTURES = 40;
const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "..");
const world = join(root, "fixtures", "small-world");

const cache = mkdtempSync(join(tmpdir(), "langbridge-serve-"));
const server = spawn(
  process.execPath,
  [
    "--max-old-space-size=96", // In MB; else what is not yet collected counts too.
    ...[join(root, "bin", "run.js"), "serve", "--port", "0", "--adapter", join(world, "adapters", "qwen2", "anchored")],
    ...["--llm", join(world, "qwen2"), "--vision", join(world, "vision"), "--threads", "1"],
  ],
  { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LANGBRIDGE_CACHE_DIR: cache } },
);

/** The server's first lines name its address and then its model. */
const served = new Promise((resolve, reject) => {
  server.once("exit", () => reject(new Error("the server has ended")));
  createInterface({ input: server.stderr }).on("line", (line) => {
    const [, url, model] = /^(http:\S+): serves (\S+);/.exec(line) ?? [];
    if (url !== undefined) resolve({ url, model });
  });
});

const residentMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;

const pictures = Array.from({ length: PICTURES }, (_, at) =>
  readFileSync(join(world, "images", `scene_${String(at).padStart(4, "0")}.png`)).toString("base64"),
);

/** One request; gives what became of it. */
async function ask({ url, model }, at) {
  const picture = at % 10 === 3 ? "bm8gcGljdHVyZQ==" : pictures[(at * 7) % PICTURES];
  const content = [
    { type: "image_url", image_url: { url: `data:image/png;base64,${picture}` } },
    { type: "text", text: at % 2 === 0 ? "Describe the picture." : "What shape is in the picture?" },
  ];
  const leaves = at % 10 === 7;
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content }], stream: leaves }),
  });
  if (leaves) {
    const reader = response.body.getReader();
    await reader.read();
    await reader.cancel();
    return "hung up";
  }
  await response.text();
  return response.status;
}

try {
  const api = await served;
  const counts = {};
  const startedAt = performance.now();
  let next = 0;
  let done = 0;
  const rows = [];
  const work = async () => {
    while (next < REQUESTS) {
      const became = await ask(api, next++);
      counts[became] = (counts[became] ?? 0) + 1;
      done++;
      if (done % (REQUESTS / 10) === 0) rows.push({ requests: done, residentMb: Math.round(residentMb()) });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  console.table(rows);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log({ ...counts, requestsPerSecond: Number((REQUESTS / seconds).toFixed(1)) });
} finally {
  server.kill("SIGINT");
  if (server.exitCode === null) await once(server, "exit");
  rmSync(cache, { recursive: true, force: true });
}
