import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const FOLDER = join(import.meta.dirname, "python");

/** Name of the Python that has what oracles/python/requirements.txt lists: PYTHON, else python3. */
export const PYTHON = process.env.PYTHON ?? "python3";

/**
 * A Python script that answers JSON lines, one to each question. A question at which the script dies, as of a panic in
 * Rust, is answered with null, and the script is started anew.
 */
export class PythonSide {
  constructor(script) {
    this.script = script;
    this.start();
  }

  start() {
    this.child = spawn(PYTHON, [join(FOLDER, this.script)], { stdio: ["pipe", "pipe", "pipe"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.said = "";
    this.child.stderr.on("data", (text) => (this.said = (this.said + text).slice(-2000)));
    this.child.stdin.on("error", () => {});
    this.child.on("error", (error) => (this.said = error.message));
    this.answered = 0;
  }

  async ask(question) {
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.lines.next();
    if (!done) {
      this.answered++;
      return JSON.parse(value);
    }
    if (this.answered === 0) throw new Error(`${PYTHON} cannot run ${this.script}: ${this.said.trim()}`);
    this.start();
    return null;
  }

  end() {
    this.child.stdin.end();
  }
}
