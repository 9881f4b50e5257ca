// A Python process that stays loaded and answers one line of JSON to each command line.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** Python with the packages PyTorch's side needs; $PYTHON names another one. Undefined where they are missing. */
export function findPython(...modules) {
  const python = process.env.PYTHON ?? "python3";
  return spawnSync(python, ["-c", `import ${modules.join(", ")}`]).status === 0 ? python : undefined;
}

/** Starts a script whose first line says that it is ready: `{ ask, stop }`. */
export async function startPython(python, args) {
  const child = spawn(python, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} ${args.join(" ")} ended`);
    return JSON.parse(value);
  };
  await next();
  return {
    ask: (command) => {
      child.stdin.write(`${command}\n`);
      return next();
    },
    stop: () => child.stdin.end(),
  };
}
