import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Rank of each room of src/; an import may only point to a lower rank or stay inside its own room. */
const RANKS: Readonly<Record<string, number>> = {
  errors: 0,
  printable: 0,
  progress: 0,
  deadline: 0,
  "show-value": 0,
  timed: 0,
  tensor: 0,
  files: 1,
  layout: 1,
  checkpoint: 2,
  vocabulary: 2,
  onnx: 2,
  image: 2,
  pages: 2,
  tokenizer: 3,
  model: 3,
  prompt: 4,
  hub: 4,
  ranking: 4,
  parquet: 2,
  adapter: 4,
  runtime: 5,
  inspect: 5,
  vlm: 6,
  transfer: 6,
  doctor: 6,
  benchmark: 7,
  explain: 7,
  serve: 7,
  export: 8,
};

/**
 * The rooms within a room, lowest first; files beside them are "". Where "" is not listed, those files have no rank: a table
 * there names what the inner rooms hold, and the inner rooms build on the other files there.
 */
const INNER_ROOMS: Readonly<Record<string, readonly string[]>> = {
  prompt: ["jinja", ""],
  model: ["", "vision", "projector", "gguf", "llm"],
  runtime: ["sessions", "devices", "parts"],
  transfer: ["rows", "tensors", "missing", "naming", "align", "plan", "write", "report", "", "distil"],
  benchmark: ["tasks", "scoring", "compare", "run", "report"],
  tensor: ["ggml"],
  checkpoint: ["gguf", "safetensors", "torch", "lora"],
  tokenizer: ["models"],
  explain: ["page"],
  export: ["transformers", "onnx", "gguf"],
};

/** What cli/ and commands/ import beside what the library exports: texts and pages, and where their files go. */
const FOR_COMMANDS: readonly string[] = [
  "src/benchmark/report/eval-page.ts",
  "src/benchmark/report/eval-report.ts",
  "src/benchmark/run/answer-places.ts",
  "src/benchmark/run/run-store.ts",
  "src/benchmark/report/table-report.ts",
  "src/benchmark/tasks/selection.ts",
  "src/checkpoint/hub-cache.ts",
  "src/doctor/doctor-report.ts",
  "src/explain/page/explain-report.ts",
  "src/export/export-sections.ts",
  "src/files/json-file.ts",
  "src/hub/fetch-part.ts",
  "src/hub/find-folder.ts",
  "src/hub/repository.ts",
  "src/files/look.ts",
  "src/files/unfinished.ts",
  "src/files/system-error.ts",
  "src/files/atomic-folder.ts",
  "src/files/report-file.ts",
  "src/inspect/inspect-report.ts",
  "src/ranking/ranking-report.ts",
  "src/layout/table.ts",
  "src/pages/page-files.ts",
  "src/transfer/report/transfer-table.ts",
  "src/vocabulary/user-rows.ts",
];

/** Files that bear one name in several rooms: what is done with each checkpoint format. */
const SHARED_FILE_NAMES: readonly string[] = ["header.ts", "read.ts", "write.ts"];

/** What `export` makes of a declaration: its name is the first word behind these. */
const EXPORTED =
  /^export (?:(?:async|abstract|declare) )*(?<kind>function\*?|const|class|interface|type) (?<name>\w+)/gm;

/** Packages that only one file may import, and only when they are needed. */
const SINGLE_IMPORTERS: Readonly<Record<string, string>> = {
  "onnxruntime-node": "src/runtime/sessions/onnxruntime.ts",
  sharp: "src/image/sharp.ts",
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function listSources(folder: string): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => {
      const path = join(folder, name).replaceAll("\\", "/");
      const text = readFileSync(join(ROOT, path), "utf8");
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
      return { path, text, imports: specifiers };
    });
}

function target(file: SourceFile, specifier: string): string {
  return relative(ROOT, resolve(ROOT, dirname(file.path), specifier))
    .replaceAll("\\", "/")
    .replace(/\.js$/, ".ts");
}

/** Every name that files import from another one, as "path name"; "path *" where a file is imported whole. */
function importedNames(files: readonly SourceFile[]): ReadonlySet<string> {
  return new Set(
    files.flatMap((file) => [
      ...[...file.text.matchAll(/^(?:import|export)\s([^;"]+?)\sfrom "(\.[^"]+)"/gm)].flatMap(([, list, specifier]) => {
        const names = /\{([^}]*)\}/.exec(list!)?.[1]?.split(",") ?? ["*"];
        return names.map(
          (name) =>
            `${target(file, specifier!)} ${
              name
                .trim()
                .replace(/^type /, "")
                .split(" as ")[0]
            }`,
        );
      }),
      ...[...file.text.matchAll(/\bimport\(\s*"(\.[^"]+)"/g)].map(([, specifier]) => `${target(file, specifier!)} *`),
    ]),
  );
}

const layerOf = (path: string): string => path.split("/")[1]!.replace(/\.ts$/, "");

const sources = listSources("src");
const relativeImports = sources.flatMap((file) =>
  file.imports.filter((name) => name.startsWith(".")).map((name) => ({ from: file.path, to: target(file, name) })),
);

describe("architecture", () => {
  test("every folder of src/ has a rank", () => {
    const layers = new Set(sources.map((file) => layerOf(file.path)).filter((layer) => layer !== "index"));
    expect([...layers].filter((layer) => RANKS[layer] === undefined)).toEqual([]);
  });

  test("ARCHITECTURE.md draws every room on its floor", () => {
    const drawn = new Map<string, number>();
    let floor = NaN;
    for (const line of readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8").split("```")[1]!.split("\n")) {
      floor = Number(/^ (\d) /.exec(line)?.[1] ?? floor);
      for (const [, room] of line.matchAll(/(?<![\w/])(\w+)\/(?=\s)/g))
        if (!Number.isNaN(floor)) drawn.set(room!, floor);
    }
    const folders = [
      ...new Set(sources.filter(({ path }) => path.split("/").length > 2).map(({ path }) => layerOf(path))),
    ];
    expect(Object.fromEntries(drawn)).toEqual(Object.fromEntries(folders.map((room) => [room, RANKS[room]])));
  });

  test("imports go down the layers or stay in their folder", () => {
    const upward = relativeImports.filter(({ from, to }) => {
      if (from === "src/index.ts") return false;
      const [lower, upper] = [layerOf(to), layerOf(from)];
      return lower !== upper && !(RANKS[lower]! < RANKS[upper]! || (RANKS[lower] === 0 && RANKS[upper] === 0));
    });
    expect(upward).toEqual([]);
  });

  test("imports go down the rooms within a room", () => {
    const inner = (path: string): readonly [room: string, name: string] => {
      const [, room, ...rest] = path.split("/");
      return [room!.replace(/\.ts$/, ""), rest.length > 1 ? rest[0]! : ""];
    };
    const unranked = sources.filter(({ path }) => {
      const [room, name] = inner(path);
      return name !== "" && !INNER_ROOMS[room]?.includes(name);
    });
    expect(unranked.map(({ path }) => path)).toEqual([]);
    const upward = relativeImports.filter(({ from, to }) => {
      const [[room, name], [otherRoom, otherName]] = [inner(from), inner(to)];
      if (room !== otherRoom) return false;
      const ranks = [otherName, name].map((each) => INNER_ROOMS[room]?.indexOf(each) ?? -1);
      return !ranks.includes(-1) && ranks[0]! > ranks[1]!;
    });
    expect(upward).toEqual([]);
  });

  test("commands import what the library exports, or a short list", () => {
    const exported = new Set(
      sources.find(({ path }) => path === "src/index.ts")!.text.match(/\b[A-Za-z_]\w*(?=,| \})/g),
    );
    const imports = [...listSources("cli"), ...listSources("commands")].flatMap((file) =>
      [...file.text.matchAll(/import (?:type )?\{([^}]+)\} from "([^"]+)"/g)]
        .map(([, names, specifier]) => ({ from: file.path, names: names!, to: target(file, specifier!) }))
        .filter(({ to }) => to.startsWith("src/") && !FOR_COMMANDS.includes(to)),
    );
    expect(imports.length).toBeGreaterThan(10);
    const private_ = imports.flatMap(({ from, names, to }) =>
      names
        .split(",")
        .map((name) => name.replace(/\btype\b/, "").trim())
        .filter((name) => name !== "" && !exported.has(name))
        .map((name) => `${from}: ${name} of ${to}`),
    );
    expect(private_).toEqual([]);
  });

  test("no export is dead: other files import it, or its own file uses it and a test or a signature names it", () => {
    const byProduct = importedNames([...sources, ...listSources("cli"), ...listSources("commands")]);
    const byTests = importedNames(listSources("test"));
    const exported = sources.flatMap((file) =>
      [...file.text.matchAll(EXPORTED)].map(({ groups }) => ({ file, kind: groups!["kind"]!, name: groups!["name"]! })),
    );
    expect(exported.length).toBeGreaterThan(1000);
    const has = (names: ReadonlySet<string>, path: string, name: string): boolean =>
      names.has(`${path} ${name}`) || names.has(`${path} *`);
    const dead = exported.filter(({ file: { path, text }, kind, name }) => {
      if (has(byProduct, path, name)) return false;
      const usedHere = text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").match(new RegExp(`\\b${name}\\b`, "g"))!.length > 1;
      return !usedHere || !(kind === "interface" || kind === "type" || has(byTests, path, name));
    });
    expect(dead.map(({ file, name }) => `${file.path}: ${name}`)).toEqual([]);
  });

  test("nothing outside src/transfer/align/ asks for an align method by its name", () => {
    // The names of decodings are in the file format too, and explain has a lens that is called sparse.
    const elsewhere =
      /^src\/(transfer\/align\/|explain\/|adapter\/(decoding|word-choice)\.ts|model\/projector\/decoding-graph\.ts)/;
    const files = [...sources, ...listSources("cli"), ...listSources("commands")];
    const naming = files.filter(
      ({ path, text }) => !elsewhere.test(path) && /"(sparse|soft|ridge|procrustes|contextual)"/.test(text),
    );
    expect(naming.map(({ path }) => path)).toEqual([]);
  });

  test("what an exported function throws is said with @throws", () => {
    const said = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export (?:async )?function\*? (\w+)/g)].flatMap(
        ([, comment, name]) => (/(?<!@)\bthrows (?:as |what |\w+Error)/i.test(comment!) ? [`${path}: ${name}`] : []),
      ),
    );
    expect(said).toEqual([]);
  });

  test("no two files and no two exported types have one name, unless they are the same thing of two formats", () => {
    const repeated = (names: readonly string[]): string[] =>
      [...new Set(names.filter((name, index) => names.indexOf(name) < index))].sort();
    expect(repeated(sources.map(({ path }) => basename(path)))).toEqual(SHARED_FILE_NAMES);
    const types = sources.flatMap(({ text }) =>
      [...text.matchAll(EXPORTED)].flatMap(({ groups }) =>
        /^(class|interface|type)$/.test(groups!["kind"]!) ? [groups!["name"]!] : [],
      ),
    );
    expect(types.length).toBeGreaterThan(300);
    expect(repeated(types)).toEqual([]);
  });

  test("nothing under src/ imports the public list, the commands or itself in a circle", () => {
    expect(relativeImports.filter(({ to }) => to === "src/index.ts" || !to.startsWith("src/"))).toEqual([]);
    const graph = new Map(sources.map((file) => [file.path, relativeImports.filter(({ from }) => from === file.path)]));
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): string[] => {
      if (trail.includes(path)) return [[...trail, path].join(" -> ")];
      if (done.has(path)) return [];
      const circles = (graph.get(path) ?? []).flatMap(({ to }) => visit(to, [...trail, path]));
      done.add(path);
      return circles;
    };
    expect(sources.flatMap((file) => visit(file.path, []))).toEqual([]);
  });

  test("onnxruntime-node and sharp are imported by one file each, and lazily", () => {
    for (const [name, owner] of Object.entries(SINGLE_IMPORTERS)) {
      const everywhere = [...sources, ...listSources("cli"), ...listSources("commands")];
      expect(everywhere.filter((file) => file.imports.includes(name)).map((file) => file.path)).toEqual(
        everywhere.some((file) => file.path === owner) ? [owner] : [],
      );
      const eager = everywhere.filter((file) => new RegExp(`^import (?!type)[^;]*"${name}"`, "m").test(file.text));
      expect(eager.map((file) => file.path)).toEqual([]);
    }
  });

  test("the file system is asked by src/files/ alone, where its errors become one line", () => {
    const asking = sources.filter(
      ({ path, imports }) => !path.startsWith("src/files/") && imports.some((name) => /^(node:)?fs\b/.test(name)),
    );
    expect(asking.map(({ path }) => path)).toEqual(["src/runtime/sessions/client.ts"]);
  });

  test("src/ knows no command line: no oclif, console, process exit or environment", () => {
    const forbidden = /@oclif|\bconsole\.|process\.(env|exit|argv|stdout|stderr)/;
    // Written, not read: onnxruntime takes it from nowhere else.
    const allowed = 'process.env["ORT_DISABLE_TELEMETRY"] = "1";';
    const breaking = sources.filter((file) => forbidden.test(file.text.replace(allowed, "")));
    expect(breaking.map((file) => file.path)).toEqual([]);
  });
});
