/*
 * Runs models on onnxruntime's CUDA provider where no GPU is:
 *
 *     npm run cuda-stand-in [-- FOLDER]
 *
 * CUDA's own libraries are replaced by some that compute nothing, so what is seen is what a GPU would be asked for: every session opens with
 * every operator on CUDA, and runs to its end. Results are not seen. It opens an LLM of every family, and every vision tower, in every dtype,
 * evaluates the models of fixtures/small-world, and provokes the errors of drivers and GPUs. FOLDER keeps what is fetched and built
 * (a folder in the cache when left out). Needs Linux x64, cc, nm and python3 with pip, and fetches 250 MB from PyPI once.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultCacheFolder } from "../../dist/src/files/cache-folder.js";
import { buildStandIn } from "./build.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const WORLD = join(HERE, "../../fixtures/small-world");
const DTYPES = ["f16", "bf16", "q8", "q4"];
const MOST_SECONDS = 600;

const folder = resolve(process.argv[2] ?? join(defaultCacheFolder(), "cuda-stand-in"));
const { app, libraries } = buildStandIn(folder);
const counts = join(folder, "counts");
let failures = 0;

/** Runs Node with the libraries of the stand-in; `counted` is what they counted. */
function node(args, more = {}) {
  rmSync(counts, { force: true });
  const env = { ...process.env, LD_LIBRARY_PATH: libraries, CUDA_STAND_IN_COUNTS: counts, ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env,
    encoding: "utf8",
    timeout: MOST_SECONDS * 1000,
  });
  const counted = existsSync(counts) ? readFileSync(counts, "utf8").trim().split(" ").map(Number) : undefined;
  return { status, stdout, stderr, counted };
}

function report(what, isRight, detail) {
  if (!isRight) failures++;
  console.log(`${isRight ? "ok    " : "FAILED"} ${what}: ${detail}`);
}

const lastLine = (text) => text.trim().split("\n").at(-1);

for (const [dtype, kind] of DTYPES.flatMap((each) => ["llms", "towers"].map((kind) => [each, kind]))) {
  const { status, stdout, stderr, counted } = node([join(HERE, "models.js"), app, kind, dtype]);
  for (const line of stdout.split("\n").filter((each) => each.startsWith("FAILED"))) console.log(line);
  const ran = status === 0 && counted !== undefined && counted[0] > 0;
  report(`${kind} in ${dtype}`, ran, lastLine(ran ? `${stdout}` : stderr || stdout));
}
// Rows of 80 numbers, which those of llama2 are, are no whole blocks.
for (const [llm, dtypes] of Object.entries({ llama2: ["f16", "bf16"], llama3: DTYPES, qwen2: DTYPES })) {
  for (const dtype of dtypes) {
    const out = join(folder, "eval");
    rmSync(out, { recursive: true, force: true });
    const { status, stderr, counted } = node([
      ...[join(app, "bin/run.js"), "eval", "--benchmark", "pope", "--data", join(WORLD, "benchmarks/pope")],
      ...["--adapter", join(WORLD, `adapters/${llm}/paper-0`), "--llm", join(WORLD, llm), "--limit", "4"],
      ...["--vision", join(WORLD, "vision"), "--images", join(WORLD, "images")],
      ...["--device", "cuda", "--dtype", dtype, "-o", out],
    ]);
    const [kernels = 0, products = 0, up = 0, down = 0] = counted ?? [];
    const detail = `${kernels} kernels, ${products} products, ${up} bytes to the device, ${down} from it`;
    const ran = status === 0 && kernels > 0 && products > 0;
    report(`eval of ${llm} in ${dtype}`, ran, ran ? detail : lastLine(stderr));
  }
}
const doctor = [join(app, "bin/run.js"), "doctor", "--device", "cuda"];
const whole = node([doctor[0], "doctor", "--json"]);
const diagnosed = whole.status === 0 ? JSON.parse(whole.stdout).devices : [];
const problems = diagnosed.find(({ device }) => device === "cuda")?.problems ?? [whole.stderr];
// The products are wrong, since nothing computes them; that they ran is what is asked.
report(
  "doctor",
  problems.length === DTYPES.length && problems.every((line) => /is off by/.test(line)),
  problems.join("; "),
);
for (const [failure, expected] of [
  [35, /driver is too old/],
  [100, /the driver finds no GPU/],
  [101, /no GPU of that number/],
  [209, /no code for this GPU/],
]) {
  const { stderr } = node(doctor, { CUDA_STAND_IN_FAILURE: String(failure) });
  report(`doctor with CUDA's error ${failure}`, expected.test(stderr), lastLine(stderr));
}
process.exit(failures === 0 ? 0 : 1);
