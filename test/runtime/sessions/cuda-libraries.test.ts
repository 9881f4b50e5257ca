import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { cudaFolder, loadCuda } from "../../../src/runtime/sessions/cuda-libraries.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";

const PROVIDER = "libonnxruntime_providers_cuda.so";
/** What the part for CUDA of onnxruntime 1.30 links to, by `readelf -d`; cuBLAS needs cuBLASLt itself. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  [PROVIDER]: ["libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13", "libcuda.so.1"],
  "libcublas.so.13": ["libcublasLt.so.13"],
};
const ALL = ["libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudart.so.13"];

const root = temporaryFolder();
let made = 0;

interface Setup {
  readonly provider?: readonly string[];
  /** What lies in pip's folder. */
  readonly inFolder?: readonly string[];
  /** What the system finds by itself. */
  readonly inSystem?: readonly string[];
}

/** A machine whose loader says what glibc's says, and that counts as loaded what was loaded by its path. */
function machine({ provider = [PROVIDER, "libonnxruntime_providers_shared.so"], inFolder = [], inSystem = [] }: Setup) {
  const base = join(root, String(++made));
  const [runtime, folder] = [join(base, "runtime"), join(base, "nvidia", "cu13", "lib")];
  for (const [place, names] of [[runtime, provider] as const, [folder, inFolder] as const]) {
    mkdirSync(place, { recursive: true });
    for (const name of names) writeFileSync(join(place, name), "");
  }
  const loaded = new Set(inSystem);
  const order: string[] = [];
  const load = (file: string, keep: boolean): string | undefined => {
    const name = file.slice(file.lastIndexOf("/") + 1);
    const missing = (NEEDS[name] ?? []).find((each) => !loaded.has(each));
    if (missing !== undefined) return `${missing}: cannot open shared object file: No such file or directory`;
    order.push(name);
    expect(keep).toBe(name !== PROVIDER);
    loaded.add(name);
    return name === PROVIDER
      ? `${file}: undefined symbol: Provider_GetHost`
      : `Module did not self-register: '${file}'.`;
  };
  return { machine: { runtime, installer: "script/install.js", folders: [folder], load }, folder, order };
}

describe("loadCuda", () => {
  test("loads what lies in pip's folder, each after what it needs, and finds nothing wrong", async () => {
    const { machine: here, order } = machine({ inFolder: ALL, inSystem: ["libcuda.so.1"] });
    expect(await loadCuda(here)).toBeUndefined();
    expect(order).toEqual([...ALL, PROVIDER]);
  });

  test("leaves alone what the system finds by itself", async () => {
    const { machine: here, order } = machine({ inSystem: [...ALL, "libcuda.so.1"] });
    expect(await loadCuda(here)).toBeUndefined();
    expect(order).toEqual([PROVIDER]);
  });

  test.each([[[]], [[PROVIDER]]])(
    "a part for CUDA that is not all there (%j) is one command away",
    async (provider) => {
      expect(await loadCuda(machine({ provider }).machine)).toBe(
        "onnxruntime's part for CUDA is not installed; add it (some 300 MB) with: node script/install.js --onnxruntime-node-install=cuda12",
      );
    },
  );

  test("a missing library is named, with the command that adds it where langbridge looks", async () => {
    const { machine: here } = machine({ inFolder: ALL.filter((name) => name !== "libcurand.so.10") });
    expect(await loadCuda(here)).toBe(
      `libcurand.so.10 of CUDA 13 is missing; add CUDA's libraries (about 0.8 GB) with: python3 -m pip install --target ${cudaFolder()} 'nvidia-cuda-runtime==13.0.*' 'nvidia-cublas==13.1.*' 'nvidia-curand==10.4.*'`,
    );
  });

  test("another version of CUDA is told with its place", async () => {
    const { machine: here, folder } = machine({ inFolder: ["libcublasLt.so.12", "libcudart.so.12"] });
    expect(await loadCuda(here)).toMatch(
      `libcublasLt.so.13 of CUDA 13 is missing, ${join(folder, "libcublasLt.so.12")} is of another version; add`,
    );
  });

  test("without a driver everything else was found", async () => {
    expect(await loadCuda(machine({ inFolder: ALL }).machine)).toBe(
      "CUDA's libraries are here, but no NVIDIA driver (libcuda.so.1): install one, or start the container with --gpus all; nvidia-smi then lists the GPU",
    );
  });

  test("what else the system says is passed on, and a library that stays missing ends the search", async () => {
    const { machine: here } = machine({ inFolder: ALL });
    expect(await loadCuda({ ...here, load: () => "libcudart.so.13: invalid ELF header" })).toBe(
      "libcudart.so.13: invalid ELF header",
    );
    const stuck = {
      ...here,
      load: (file: string) => `${file.endsWith(PROVIDER) ? "" : "x/"}libcudart.so.13: cannot open shared object file`,
    };
    expect(await loadCuda(stuck)).toMatch(/^libcudart.so.13 of CUDA 13 is missing/);
  });
});
