import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const PROVIDER = ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"];
const RUNTIME = "bin/napi-v6/linux/x64";

/** CUDA's libraries that onnxruntime's part for CUDA links to, and where their functions come from. */
const LIBRARIES = [
  { name: "libcudart.so.13", source: "cudart.c" },
  { name: "libcublasLt.so.13", source: "cublas.c" },
  { name: "libcublas.so.13", source: "cublas.c" },
  { name: "libcurand.so.10" },
  { name: "libcuda.so.1", functions: ["cuTensorMapEncodeTiled"] },
];

const run = (program, args, options = {}) =>
  execFileSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
    ...options,
  });

/**
 * Makes what the stand-in needs in `folder`, and what is there is not made again: wheels from PyPI (250 MB), a copy of this build whose
 * onnxruntime-node has its part for CUDA, and libraries that stand for CUDA's. Returns the copy and the folder of the libraries.
 */
export function buildStandIn(folder) {
  if (`${process.platform} ${process.arch}` !== "linux x64")
    throw new Error("onnxruntime has CUDA for Linux x64 alone");
  const { version } = JSON.parse(readFileSync(join(ROOT, "node_modules/onnxruntime-node/package.json"), "utf8"));
  const wheels = fetchWheels(join(folder, `wheels-${version}`), [
    `onnxruntime-gpu==${version}`,
    "nvidia-cuda-runtime==13.0.*",
    "nvidia-cuda-crt==13.0.*",
  ]);
  requireSameCore(wheels, version);
  const app = copyBuild(join(folder, "app"), wheels);
  const libraries = compile(
    join(folder, "lib"),
    wheels,
    join(app, "node_modules/onnxruntime-node", RUNTIME, PROVIDER[0]),
  );
  return { app, libraries };
}

function fetchWheels(folder, names) {
  if (existsSync(join(folder, "complete"))) return folder;
  console.error(`fetching ${names.join(", ")} from PyPI, 250 MB`);
  mkdirSync(folder, { recursive: true });
  const platforms = ["manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014"];
  const target = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--implementation", "cp"];
  for (const platform of platforms) target.push("--platform", `${platform}_x86_64`);
  for (const name of names) run("python3", ["-m", "pip", "download", "-q", ...target, "-d", folder, name]);
  for (const wheel of readdirSync(folder)) run("python3", ["-m", "zipfile", "-e", join(folder, wheel), folder]);
  writeFileSync(join(folder, "complete"), "");
  return folder;
}

const commitOf = (file) => /git-commit-id=([0-9a-f]+)/.exec(readFileSync(file, "latin1"))?.[1];

/** Core and part for CUDA talk through tables that need not agree between two builds, and nothing else compares them. */
function requireSameCore(wheels, version) {
  const capi = join(wheels, "onnxruntime/capi");
  const theirs = commitOf(
    join(
      capi,
      readdirSync(capi).find((name) => name.startsWith("libonnxruntime.so")),
    ),
  );
  const ours = commitOf(join(ROOT, "node_modules/onnxruntime-node", RUNTIME, "libonnxruntime.so.1"));
  if (ours !== undefined && ours === theirs) return;
  throw new Error(`onnxruntime ${version}: npm's is of commit ${ours}, PyPI's of ${theirs}; they must not be mixed`);
}

/** The build with links to its packages, but for onnxruntime-node, which finds its part for CUDA beside its core only. */
function copyBuild(app, wheels) {
  rmSync(app, { recursive: true, force: true });
  mkdirSync(join(app, "node_modules"), { recursive: true });
  for (const name of ["bin", "dist", "package.json", "oclif.manifest.json"]) {
    cpSync(join(ROOT, name), join(app, name), { recursive: true });
  }
  const packages = join(ROOT, "node_modules");
  for (const name of readdirSync(packages)) {
    if (name !== "onnxruntime-node") symlinkSync(join(packages, name), join(app, "node_modules", name));
  }
  const copy = join(app, "node_modules/onnxruntime-node");
  cpSync(join(packages, "onnxruntime-node"), copy, { recursive: true });
  for (const name of PROVIDER) symlinkSync(join(wheels, "onnxruntime/capi", name), join(copy, RUNTIME, name));
  return app;
}

/** `symbol version` of every function that a library takes from others. */
const neededBy = (library) =>
  run("nm", ["-D", "--undefined-only", library])
    .split("\n")
    .map((line) => line.trim().split(/\s+/).at(-1).split("@"));

/** Compiles every library: what its source defines, and functions that return 0 for the rest of what is asked of it. */
function compile(folder, wheels, provider) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const needed = neededBy(provider);
  const written = join(folder, "made.c");
  for (const { name, source, functions = [] } of LIBRARIES) {
    const text = source === undefined ? "" : readFileSync(join(HERE, source), "utf8");
    const asked = needed.filter(([, version]) => version === name).map(([symbol]) => symbol);
    const rest = [...asked, ...functions].filter((symbol) => !new RegExp(`\\b${symbol}\\(`).test(text));
    writeFileSync(
      written,
      rest.map((symbol) => `int ${symbol}(void) { return 0; }\n`).join("") || "extern int nothing;\n",
    );
    // NVIDIA's functions bear the name of their library as their version.
    writeFileSync(join(folder, "map"), `${name} { global: *; };\n`);
    const sources = source === undefined ? [written] : [written, join(HERE, source)];
    const link = [`-Wl,-soname,${name}`, `-Wl,--version-script,${join(folder, "map")}`];
    const counter = source === "cublas.c" ? ["-L", folder, "-l:libcudart.so.13"] : [];
    const include = `-I${join(wheels, "nvidia/cu13/include")}`;
    run("cc", ["-shared", "-fPIC", "-O1", include, ...link, "-o", join(folder, name), ...sources, ...counter]);
  }
  for (const name of ["made.c", "map"]) rmSync(join(folder, name));
  return folder;
}
