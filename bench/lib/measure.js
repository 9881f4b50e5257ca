// Times whole commands from outside: wall seconds and the kernel's own record of the peak memory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** Memory is sampled this often while a command runs, in milliseconds; VmHWM itself is the exact peak so far. */
const SAMPLE_MS = 20;

/** Runs a command to its end: `{ seconds, peakMB, output }`; throws when it fails. */
export async function measureCommand(command, args, { env = {} } = {}) {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const [output, errors] = [[], []];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => errors.push(chunk));
  let peakMB = 0;
  const timer = setInterval(() => (peakMB = Math.max(peakMB, peakMegabytes(child.pid))), SAMPLE_MS);
  const [code] = await once(child, "close");
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${Buffer.concat(errors)}`);
  return { seconds, peakMB, output: Buffer.concat(output).toString() };
}

/** VmHWM of Linux's /proc, 0 where there is none. */
function peakMegabytes(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
