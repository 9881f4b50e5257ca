import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Explain from "../../commands/explain.js";
import type { ExplainSummary } from "../../src/explain/explain-summary.js";
import { planTransfer } from "../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../src/transfer/transfer.js";
import { outputNames } from "../helpers/output-names.js";
import { MODELS } from "../helpers/goldens.js";
import { makeAdapter, randomTensor } from "../helpers/make-folders.js";
import { runCommand } from "../helpers/run-command.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

/** The built command, as it is installed. */
const RUN = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "run.js");
const root = temporaryFolder();
const at = (name: string): string => join(root, name);
const image = (number: number): string => join(WORLD, "images", `scene_000${number}.png`);
const adapter = (family: string, kind: string): string => join(WORLD, "adapters", family, kind);
const vision = join(WORLD, "vision");
const paper = adapter("llama3", "paper-0");

const args = (output: string, ...more: string[]): string[] => [
  ...[image(0), image(1), "--adapter", paper, "--vision", vision, "--output", at(output), ...more],
];
const explain = (argv: readonly string[]) => runCommand<ExplainSummary>(Explain, argv);
/** Sentences as they were before they were broken into lines. */
const unbroken = (text: string): string => text.replaceAll("\n  ", " ");

interface Line {
  readonly file: string;
  readonly views: readonly {
    readonly adapter: string;
    readonly patches: readonly {
      readonly x: number;
      readonly y: number;
      readonly tokens: readonly {
        readonly token: string;
        readonly row: number;
        readonly ids: readonly number[];
        readonly weight: number;
      }[];
      readonly residual?: number;
    }[];
  }[];
}
const linesOf = (output: string): Line[] =>
  readFileSync(join(at(output), "patches.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe("langbridge explain", () => {
  test("names what is on a picture, by default as a sparse mixture of tokens", async () => {
    const { stdout, stderr, exitCode, result } = await explain(args("seen"));
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(unbroken(stdout)).toMatch(/^paper-0 by sparse, k 4, words 96: the default: .*; 448 rows, mm_vocab\.json\n/);
    expect(stdout).toMatch(/Ġstar +0\.\d\d +\d of 4/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(outputNames(at("seen"))).toEqual(["explain.json", "index.html", "patches.csv", "patches.jsonl"]);
    // scenes.json: a small green diamond, a big red star, a big orange heart, and nothing.
    const [first] = linesOf("seen");
    const words = first!.views[0]!.patches.map(({ tokens }) => tokens.map(({ token }) => token.replace("Ġ", "")));
    expect(words[0]).toEqual(expect.arrayContaining(["small", "green", "diamond"]));
    expect(words[1]).toEqual(expect.arrayContaining(["big", "red", "star"]));
    expect(words[2]).toEqual(expect.arrayContaining(["big", "heart"]));
    expect(words[3]).toContain("nothing");
    expect(first!.views[0]!.patches.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(result!.images.map(({ file }) => file)).toEqual([image(0), image(1)]);
  });

  test("writes the same bytes again, and only with --force", async () => {
    const before = readdirSync(at("seen")).map((name) => readFileSync(join(at("seen"), name)));
    const refused = await explain(args("seen"));
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^langbridge: .*seen: is not empty; choose another folder, or .* --force\n$/);
    expect((await explain(args("seen", "--force"))).exitCode).toBe(0);
    expect(readdirSync(at("seen")).map((name) => readFileSync(join(at("seen"), name)))).toEqual(before);
  });

  test("replaces no folder that its images lie in", async () => {
    const photos = at("photos");
    mkdirSync(photos);
    cpSync(image(0), join(photos, "a.png"));
    const argv = [join(photos, "a.png"), "--adapter", paper, "--vision", vision, "--output", photos, "--force"];
    expect((await explain(argv)).stderr).toContain("photos: replacing it would delete ");
    expect(readdirSync(photos)).toEqual(["a.png"]);
  });

  test("makes one page that runs its own script alone, with the picture as it was seen", () => {
    const page = readFileSync(join(at("seen"), "index.html"), "utf8");
    expect(page).toMatch(
      /content="default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; img-src data:;/,
    );
    expect([...page.matchAll(/<script>/g)]).toHaveLength(1);
    expect([...page.matchAll(/<script type="application\/gzip" data-name="patches">/g)]).toHaveLength(2);
    const pictures = [
      ...page.matchAll(/<img [^>]*width="(\d+)" height="(\d+)"[^>]*src="data:image\/png;base64,([^"]+)"/g),
    ];
    expect(pictures.map(([, width, height]) => [width, height])).toEqual([
      ["32", "32"],
      ["32", "32"],
    ]);
    expect(Buffer.from(pictures[0]![3]!, "base64").subarray(1, 4).toString()).toBe("PNG");
  });

  test("writes every token of a patch into a table for spreadsheets", () => {
    const [header, ...rows] = readFileSync(join(at("seen"), "patches.csv"), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(header).toBe("file,adapter,by,column,row,rank,token,weight");
    const tokens = linesOf("seen").flatMap(({ file, views }) =>
      views.flatMap(({ adapter: name, patches }) =>
        patches.flatMap((patch) =>
          patch.tokens.map(({ token, weight }, rank) =>
            [file, name, "sparse", patch.x + 1, patch.y + 1, rank + 1, token, weight].join(","),
          ),
        ),
      ),
    );
    expect(rows).toEqual(tokens);
  });

  test("says on the page what a weight and the residual are", () => {
    const page = readFileSync(join(at("seen"), "index.html"), "utf8");
    expect(page).toMatch(
      /<p>A weight is the token&#39;s share in the mixture .* sum to 1\. The residual is the length/,
    );
    expect(page).not.toContain("above its mean over the patches");
  });

  test("says there what a contrast is, of which nothing is below 0", async () => {
    const { exitCode } = await explain(args("contrast", "--contrast", "--by", "cosine", "--top", "448"));
    expect(exitCode).toBe(0);
    const page = readFileSync(join(at("contrast"), "index.html"), "utf8");
    expect(page).toContain("<p>A weight is the cosine of the patch with the token&#39;s row");
    expect(page).toContain(
      "<p>Shown of it is what is above its mean over the patches of the image, less that mean.</p>",
    );
    const tokens = linesOf("contrast").flatMap(({ views }) => views[0]!.patches.flatMap((patch) => patch.tokens));
    expect(tokens.every(({ weight }) => weight > 0)).toBe(true);
  });

  test("shows names of files as they are, but for what would move the cursor", async () => {
    const name = at('a "b" <i>\u001b[31m.png');
    cpSync(image(0), name);
    const { stdout } = await explain([name, "--adapter", paper, "--vision", vision, "--output", at("name")]);
    expect(stdout).toContain('a "b" <i>␛[31m.png  64 x 64');
    expect(readFileSync(join(at("name"), "index.html"), "utf8")).toContain(
      "a &quot;b&quot; &lt;i&gt;␛[31m.png  64 x 64</h2>",
    );
    expect(linesOf("name")[0]!.file).toBe(name);
  });

  test("records what was looked at, without times", () => {
    const facts = JSON.parse(readFileSync(join(at("seen"), "explain.json"), "utf8")) as ExplainSummary;
    expect(facts).toMatchObject({
      options: { top: 5, contrast: false, device: "cpu", dtype: null },
      views: [{ adapter: "paper-0", by: "sparse", settings: { k: 4, words: 96 }, rows: 448 }],
      images: 2,
    });
    expect(Object.keys(facts.identity)).toEqual(["adapter", "vocabulary matrix", "vision"]);
  });

  test("prints its summary with --json", async () => {
    const { stdout, result } = await explain(args("json", "--json", "--top", "2", "--by", "cosine"));
    expect(JSON.parse(stdout)).toEqual(result);
    expect(result!.views[0]!).toMatchObject({ by: "cosine", reason: "asked for" });
    expect(linesOf("json").flatMap(({ views }) => views[0]!.patches.map(({ tokens }) => tokens.length))).toEqual(
      Array.from({ length: 8 }, () => 2),
    );
  });

  test("shows coefficients signed, and says that they are not the only ones", async () => {
    const { stdout } = await explain(args("weights", "--by", "weights"));
    expect(unbroken(stdout)).toMatch(
      /paper-0: 448 coefficients make a vector of 96 numbers, so others make the same one/,
    );
    expect(stdout).toMatch(/paper-0: \d\d\.\d % of the size of the coefficients is negative/);
    expect(readFileSync(join(at("weights"), "index.html"), "utf8")).toMatch(
      /<p>A weight is what the adapter multiplies .*signed/,
    );
  });

  test("shows a transferred adapter by the tokens that its graph mixes, compared with its source as bytes", async () => {
    const plan = await planTransfer({ adapter: paper, target: join(WORLD, "llama2"), align: "sparse" });
    const report = await executeTransfer(plan, { output: at("moved"), toolVersion: "0.0.0-test" });
    const { stdout, result } = await explain(args("compared", "--compare", at("moved")));
    expect(unbroken(stdout)).toMatch(/moved by sparse, k 4, words 96: the default: .*; 448 rows, vocabulary\.json/);
    // The same pursuit over the same rows, but for tokens that the target lacks.
    expect(result!.shared!.ofFirst).toBeGreaterThan(0.95);
    expect(result!.shared!.byChance).toBeLessThan(0.5);
    const { dropped, approximated } = report;
    expect(dropped).toEqual([]);
    // A row that the target spells in pieces has the ids of all of them.
    const pieces = new Set(approximated.map(({ row }) => row));
    const tokens = linesOf("compared").flatMap(({ views }) => views[1]!.patches.flatMap((patch) => patch.tokens));
    expect(tokens.some(({ row }) => pieces.has(row))).toBe(true);
    for (const { row, ids } of tokens) expect([row, ids.length > 1]).toEqual([row, pieces.has(row)]);
    // The second adapter sees the same picture, which the page holds once.
    const page = readFileSync(join(at("compared"), "index.html"), "utf8");
    expect([...page.matchAll(/<img /g)]).toHaveLength(2);
  });

  test("tells two adapters of one name apart, and compares them over the rows of one list where they have no labels", async () => {
    const [one, other] = ["first", "second"].map((parent) => join(at(parent), "adapter")) as [string, string];
    cpSync(paper, one, { recursive: true });
    cpSync(adapter("llama3", "paper-1"), other, { recursive: true });
    for (const folder of [one, other]) rmSync(join(folder, "mm_vocab.json"));
    const vocab = join(paper, "mm_vocab.json");
    const named = ["--adapter", one, "--compare", other, "--vocab", vocab, "--vision", vision];
    const { stdout, result } = await explain([image(0), ...named, "--output", at("seeds")]);
    expect(result!.views.map(({ adapter: name }) => name)).toEqual(["first/adapter", "second/adapter"]);
    expect(stdout).toMatch(/first\/adapter +weight +patches +second\/adapter +weight +patches/);
    expect(stdout).toMatch(/\nshared: \d\d\.\d % and \d\d\.\d %, by chance \d\d\.\d %\n/);
  });

  test("of an adapter with itself everything is shared", async () => {
    const { stdout, result } = await explain(args("itself", "--compare", paper));
    expect(result!.shared).toMatchObject({ ofFirst: expect.closeTo(1, 9), ofSecond: expect.closeTo(1, 9) });
    expect(unbroken(stdout)).toContain("100.0 % lies on tokens");
  });

  test("compares a LangBridge adapter with an ordinary projector, which alone needs --llm and a list of its tokens", async () => {
    const listed = at("list.json");
    const counts = JSON.parse(readFileSync(adapter("llama3", "counts.json"), "utf8")) as Record<string, number>;
    writeFileSync(listed, JSON.stringify(Object.fromEntries(Object.entries(counts).slice(0, 200))));
    const ordinary = adapter("llama3", "mlp2x_gelu");
    const options = ["--vision", vision, "--llm", join(WORLD, "llama3"), "--vocab", listed];
    const pairs = [
      [paper, ordinary],
      [ordinary, paper],
    ] as const;
    for (const [one, other] of pairs) {
      const argv = [image(0), "--adapter", one, "--compare", other, ...options, "--output", at("kinds"), "--force"];
      const { stderr, result } = await explain(argv);
      expect(stderr).toBe("");
      const of = (name: string): object | undefined => result!.views.find((view) => view.adapter === name);
      expect(of("paper-0")).toMatchObject({ rows: 448, vocabulary: "mm_vocab.json" });
      expect(of("mlp2x_gelu")).toMatchObject({ rows: 200 });
      expect(result!.shared!.ofFirst).toBeGreaterThan(result!.shared!.byChance);
    }
  });

  test("takes --k for one of two adapters, and refuses it where both decode by themselves", async () => {
    const { result } = await explain(args("one-k", "--compare", at("moved"), "--k", "2"));
    expect(result!.views.map(({ settings }) => settings["k"])).toEqual([2, 4]);
    const both = ["--adapter", at("moved"), "--compare", at("moved"), "--vision", vision, "--output", at("never")];
    expect((await explain([image(0), ...both, "--k", "2"])).stderr).toMatch(/--k: the adapter decodes by itself/);
  });

  test("describes an ordinary projector by the tokens of its LLM, or by those of a list", async () => {
    const ordinary = ["--adapter", adapter("llama3", "mlp2x_gelu"), "--llm", join(WORLD, "llama3")];
    const whole = await explain([image(0), ...ordinary, "--vision", vision, "--output", at("ordinary")]);
    expect(unbroken(whole.stdout)).toMatch(/mlp2x_gelu by sparse, k 4: the default: .* the whole vocabulary of llama3/);
    const counts = adapter("llama3", "counts.json");
    const listed = await explain([
      image(0),
      ...ordinary,
      "--vision",
      vision,
      "--output",
      at("listed"),
      "--vocab",
      counts,
    ]);
    expect(unbroken(listed.stdout)).toMatch(/by sparse, k 4, words 96: the default: .* listed in counts\.json/);
    const star = linesOf("listed")[0]!.views[0]!.patches[1]!;
    expect(star.tokens.map(({ token }) => token)).toEqual(expect.arrayContaining(["Ġred", "Ġstar"]));
    expect(star.residual).toBeGreaterThan(0);
  });
});

test("langbridge explain takes as many images as a command line holds", () => {
  // 30,000 characters, as of 400 photos; beyond some 12,000 the process used to end in onnxruntime.
  const long = Array.from({ length: 10 }, (_, i) => `${WORLD}/images/${"./".repeat(1500)}scene_000${i}.png`);
  const argv = [...long, "--adapter", paper, "--vision", vision, "--output", at("long"), "--json"];
  const run = spawnSync(process.execPath, [RUN, "explain", ...argv], { encoding: "utf8", timeout: 60_000 });
  expect([run.status, run.signal, run.stderr]).toEqual([0, null, ""]);
  expect((JSON.parse(run.stdout) as ExplainSummary).images).toHaveLength(10);
});

describe("langbridge explain of an adapter whose rows have odd names", () => {
  const odd = at("odd");
  cpSync(paper, odd, { recursive: true });
  const list = Object.entries(JSON.parse(readFileSync(join(paper, "mm_vocab.json"), "utf8")) as Record<string, number>);
  rmSync(join(odd, "mm_vocab.json"));
  writeFileSync(
    at("odd.json"),
    JSON.stringify(Object.fromEntries(list.map(([, id], row) => [`<script>\u001b[3${row}m"&</title>`, id]))),
  );

  test("takes their names from --vocab, escapes them on the page and shows what would move the cursor", async () => {
    const argv = [
      image(0),
      "--adapter",
      odd,
      "--vision",
      vision,
      "--output",
      at("odd-seen"),
      "--vocab",
      at("odd.json"),
    ];
    const { stdout, exitCode } = await explain(argv);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("<script>␛[3");
    expect(stdout).not.toContain("\u001b");
    const page = readFileSync(join(at("odd-seen"), "index.html"), "utf8");
    expect(page).not.toContain("<script>\u241b");
    expect(page).not.toContain("\u001b");
    expect([...page.matchAll(/<\/title>/g)]).toHaveLength(1);
    expect(page).toContain("&lt;script&gt;␛[3");
  });
});

describe("langbridge explain refuses in one line, before anything is loaded,", () => {
  // A tower whose weights would not open: what is refused with it was refused before.
  cpSync(vision, at("tower"), { recursive: true });
  writeFileSync(join(at("tower"), "model.safetensors"), "");
  writeFileSync(at("text.png"), "no image");
  mkdirSync(at("folder.png"));
  cpSync(paper, at("unlabelled"), { recursive: true });
  rmSync(join(at("unlabelled"), "mm_vocab.json"));
  cpSync(paper, at("square"), { recursive: true });
  const config = JSON.parse(readFileSync(join(paper, "config.json"), "utf8")) as object;
  writeFileSync(join(at("square"), "config.json"), JSON.stringify({ ...config, image_aspect_ratio: "square" }));
  makeAdapter(at("narrow"), { tokens: { Ġa: 1, Ġb: 2 }, matrix: randomTensor([2, 4], 1) });
  const ordinary = adapter("llama3", "mlp2x_gelu");
  cpSync(at("tower"), at("one-patch"), { recursive: true });
  const tower = JSON.parse(readFileSync(join(vision, "config.json"), "utf8")) as { patch_size: number };
  writeFileSync(join(at("one-patch"), "config.json"), JSON.stringify({ ...tower, image_size: tower.patch_size }));
  cpSync(at("tower"), at("unprepared"), { recursive: true });
  rmSync(join(at("unprepared"), "preprocessor_config.json"));

  const cases: readonly [what: string, argv: readonly string[], message: RegExp][] = [
    ["a missing image", [at("none.png")], /none\.png: cannot be read: no such file or folder/],
    ["a file that is no image", [at("text.png")], /text\.png: .*JPEG, PNG, WebP/],
    ["a folder for an image", [at("folder.png")], /folder\.png: is not a regular file/],
    ["an image given twice", [image(0), image(1), image(0)], /scene_0000\.png: is given twice; give it once/],
    [
      "an image given by two paths",
      [image(0), join(WORLD, "images", "..", "images", "scene_0000.png")],
      /scene_0000\.png: is given twice/,
    ],
    [
      "an adapter for another tower",
      [image(0), "--adapter", at("narrow")],
      /narrow: takes features of 6 numbers, the vision tower .* makes 64; name the tower/,
    ],
    ["another such to compare with", [image(0), "--compare", at("narrow")], /narrow: takes features of 6 numbers/],
    [
      "one that sees images in another way",
      [image(0), "--compare", at("square")],
      /square: sees images by layer -2, patch, square, .*paper-0 by layer -2, patch, pad; side by side/,
    ],
    [
      "an ordinary projector without --llm",
      [image(0), "--adapter", ordinary],
      /mlp2x_gelu: is an ordinary mlp2x_gelu projector, .* --llm/,
    ],
    [
      "its coefficients",
      [image(0), "--adapter", ordinary, "--by", "weights"],
      /has no coefficients over tokens; use --by sparse or --by cosine/,
    ],
    [
      "an LLM of another width",
      [image(0), "--by", "cosine", "--llm", join(WORLD, "qwen2")],
      /paper-0: makes vectors of 96 numbers, "model\.embed_tokens\.weight" of .*qwen2 is 64 wide/,
    ],
    [
      "rows without labels",
      [image(0), "--adapter", at("unlabelled")],
      /unlabelled: nothing here says what its 448 rows stand for; name the vocabulary file .*--vocab/,
    ],
    [
      "--llm for coefficients",
      [image(0), "--by", "weights", "--llm", join(WORLD, "llama3")],
      /--llm: --by weights shows .*; leave it out/,
    ],
    [
      "--llm for an adapter's own rows",
      [image(0), "--llm", join(WORLD, "llama3")],
      /--llm: --by sparse finds .* in its own rows; leave it out/,
    ],
    ["--k for cosines", [image(0), "--by", "cosine", "--k", "3"], /--k: is for --by sparse alone; leave it out/],
    ["--k out of range", [image(0), "--k", "0"], /--k: is 0, expected a whole number from 1 to 32/],
    [
      "a tower of another width",
      [image(0), "--vision", join(MODELS, "clip")],
      /takes features of 64 numbers, the vision tower .* makes 32/,
    ],
    [
      "a tower that does not say how images are prepared",
      [image(0), "--vision", at("unprepared")],
      /unprepared: holds no preprocessor_config\.json/,
    ],
    [
      "a contrast of one patch",
      [image(0), "--vision", at("one-patch"), "--contrast"],
      /--contrast: the vision tower sees an image as one patch, which differs from no other; leave it out/,
    ],
    [
      "a comparison with what cannot be seen in the same way",
      [image(0), "--by", "weights", "--compare", ordinary],
      /mlp2x_gelu: is an ordinary mlp2x_gelu projector, which has no coefficients over tokens/,
    ],
    ["an unknown way", [image(0), "--by", "magic"], /--by=magic: expected /],
  ];

  test.each(cases)("%s", async (_, argv, message) => {
    const given = (flag: string, value: string): string[] => (argv.includes(flag) ? [] : [flag, value]);
    const all = [...argv, ...given("--adapter", paper), ...given("--vision", at("tower")), "--output", at("never")];
    const { stdout, stderr, exitCode } = await explain(all);
    expect([stdout, exitCode > 0]).toEqual(["", true]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(existsSync(at("never"))).toBe(false);
  });

  test("an unknown device, and the process ends", () => {
    const argv = [
      image(0),
      "--adapter",
      paper,
      "--vision",
      vision,
      "--output",
      at("never"),
      "--device",
      "xpu",
      "--quiet",
    ];
    const run = spawnSync(process.execPath, [RUN, "explain", ...argv], { encoding: "utf8", timeout: 60_000 });
    expect([run.status, run.signal]).toEqual([1, null]);
    expect(run.stderr).toBe('langbridge: device "xpu" is unknown; expected cpu, cuda, cuda:N or webgpu\n');
  });

  test("and leaves nothing behind when a model does not open", async () => {
    const { stderr } = await explain([image(0), "--adapter", paper, "--vision", at("tower"), "--output", at("never")]);
    expect(stderr).toMatch(/model\.safetensors/);
    expect(existsSync(at("never"))).toBe(false);
  });
});
