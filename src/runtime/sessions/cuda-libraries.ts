import { createRequire } from "node:module";
import { constants, homedir } from "node:os";
import { dirname, join } from "node:path";
import { defaultCacheFolder } from "../../files/cache-folder.js";
import { exists, isFolderAtOnce, listFolder } from "../../files/look.js";

/** What a session on CUDA needs of a machine. */
export interface CudaMachine {
  /** The folder of onnxruntime's libraries; its part for CUDA must lie there too. */
  readonly runtime: string;
  /** The script of onnxruntime-node that downloads that part. */
  readonly installer: string;
  /** Folders in which CUDA's libraries are looked for, behind those of the system. */
  readonly folders: readonly string[];
  /** Loads a library into the process, for good where `keep` says so; returns the system's error, undefined without one. */
  readonly load: (file: string, keep: boolean) => string | undefined;
}

const PROVIDER = ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"] as const;

/** Where `pip install --target` puts CUDA's libraries for langbridge alone. */
export const cudaFolder = (): string => join(defaultCacheFolder(), "cuda");

/** PyPI's packages of the libraries that the part for CUDA links to, by CUDA's version. cuDNN is not needed. */
const PACKAGES: Readonly<Record<string, string>> = {
  12: "'nvidia-cuda-runtime-cu12==12.*' 'nvidia-cublas-cu12==12.*' 'nvidia-curand-cu12==10.3.*' 'nvidia-cufft-cu12==11.*' 'nvidia-cudnn-cu12==9.*'",
  13: "'nvidia-cuda-runtime==13.0.*' 'nvidia-cublas==13.1.*' 'nvidia-curand==10.4.*'",
};
const NEWEST = "13";

const NOT_FOUND = /^(?:\S*\/)?(lib[^\s:/]+): cannot open shared object file/;
/** A library that is no addon of Node is loaded and then refused; onnxruntime's part for CUDA lacks what only onnxruntime gives it. */
const LOADED = /did not self-register|undefined symbol: Provider_GetHost/;

/**
 * Loads CUDA's libraries from where pip or NVIDIA's packages put them, so that onnxruntime finds them without LD_LIBRARY_PATH.
 * Returns what is missing and the way out, in one line; undefined when everything up to the GPU is here.
 *
 * onnxruntime itself says only that a library failed to load; the system says which one.
 */
export async function loadCuda(machine: CudaMachine): Promise<string | undefined> {
  for (const name of PROVIDER) {
    if (await exists(join(machine.runtime, name))) continue;
    return `onnxruntime's part for CUDA is not installed; add it (some 300 MB) with: node ${machine.installer} --onnxruntime-node-install=cuda12`;
  }
  const provider = join(machine.runtime, PROVIDER[0]);
  const needed = [provider];
  const found = new Set<string>();
  for (let file = needed.at(-1); file !== undefined; file = needed.at(-1)) {
    const said = machine.load(file, file !== provider);
    const name = NOT_FOUND.exec(said ?? "")?.[1];
    if (name === undefined) {
      if (said !== undefined && !LOADED.test(said)) return said;
      needed.pop();
      continue;
    }
    const place = found.has(name) ? undefined : await findLibrary(name, machine.folders);
    if (place === undefined) return describeMissing(name, machine.folders);
    found.add(name);
    needed.push(place);
  }
  return undefined;
}

async function findLibrary(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    if (await exists(file)) return file;
  }
  return undefined;
}

async function describeMissing(name: string, folders: readonly string[]): Promise<string> {
  if (name.startsWith("libcuda.so")) {
    return `CUDA's libraries are here, but no NVIDIA driver (${name}): install one, or start the container with --gpus all; nvidia-smi then lists the GPU`;
  }
  const [library, version = ""] = name.split(".so.");
  const other = await findOtherVersion(`${library}.so.`, folders);
  const cuda = version in PACKAGES ? version : NEWEST;
  const instead = other === undefined ? "" : `, ${other} is of another version`;
  return `${name} of CUDA ${cuda} is missing${instead}; add CUDA's libraries (about 0.8 GB) with: python3 -m pip install --target ${cudaFolder()} ${PACKAGES[cuda]}`;
}

async function findOtherVersion(start: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const name = (await listFolder(folder)).find((each) => each.startsWith(start));
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

/** The machine that this runs on; undefined where onnxruntime-node has no part for CUDA. */
export async function thisCudaMachine(): Promise<CudaMachine | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  return {
    runtime: join(root, "bin", "napi-v6", process.platform, process.arch),
    installer: join(root, "script", "install.js"),
    folders: await libraryFolders(),
    load,
  };
}

/** RTLD_NODELETE of Linux, which Node does not name: without it Node takes a library that is no addon out of the process again. */
const NO_DELETE = 0x1000;

function load(file: string, keep: boolean): string | undefined {
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, file, keep ? RTLD_NOW | RTLD_GLOBAL | NO_DELETE : RTLD_NOW);
    return undefined;
  } catch (error) {
    return (error as Error).message.split("\n", 1)[0];
  }
}

/** langbridge's own folder, then Python's of the user and of the system, then NVIDIA's; those that exist. */
async function libraryFolders(): Promise<string[]> {
  const pythons = [join(homedir(), ".local", "lib"), "/usr/local/lib", "/usr/lib"];
  const packages = (await Promise.all(pythons.map((folder) => entries(folder, /^python3/)))).flat();
  const roots = [
    cudaFolder(),
    ...packages.flatMap((each) => ["site", "dist"].map((kind) => join(each, `${kind}-packages`))),
  ];
  const wheels = (await Promise.all(roots.map((root) => entries(join(root, "nvidia"), /./)))).flat();
  const toolkits = await entries("/usr/local", /^cuda/);
  const folders = [...wheels.map((each) => join(each, "lib")), ...toolkits.map((each) => join(each, "lib64"))];
  return folders.filter(isFolderAtOnce);
}

/** Paths of what a folder holds; none where there is no such folder. */
async function entries(folder: string, name: RegExp): Promise<string[]> {
  if (!isFolderAtOnce(folder)) return [];
  return (await listFolder(folder)).filter((each) => name.test(each)).map((each) => join(folder, each));
}
