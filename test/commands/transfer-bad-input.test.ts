import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import Transfer from "../../commands/transfer.js";
import { testWithDisk, tinyDisk, withoutPrivileges } from "../helpers/hostile-disk.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  projectorTensors,
  randomTensor,
  safetensorsBytes,
  type TestTensor,
} from "../helpers/make-folders.js";
import { runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const GOLDENS = resolve(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "checkpoints");

const root = temporaryFolder();
const disk = tinyDisk(16);
const tokenizer = byteLevelTokenizer(["Ġthe", "Ġcat", "Ġred"], []);
const EMBEDDINGS = "model.embed_tokens.weight";

/** One transfer to be spoilt: its folders hold a sound adapter and a sound LLM. */
interface Case {
  readonly adapter: string;
  readonly target: string;
  readonly table: TestTensor;
}

function soundCase(folder: string): Case {
  const [adapter, target] = [join(folder, "adapter"), join(folder, "target")];
  makeAdapter(adapter, { tokens: { Ġthe: 256, Ġcat: 259, Ġred: 262 } });
  return { adapter, target, table: makeLlm(target, { tokenizer, hiddenSize: 4, dtype: "F32" }) };
}

const weightsOf = (folder: string): string => join(folder, "model.safetensors");
const writeText = (folder: string, name: string, text: string): void => writeFileSync(join(folder, name), text);
const writeJson = (folder: string, name: string, json: unknown): void => writeText(folder, name, JSON.stringify(json));

function setValue(tensor: TestTensor, index: number, value: number): TestTensor {
  return { ...tensor, values: tensor.values.map((old, i) => (i === index ? value : old)) };
}

function replaceWeights(folder: string, file: string): void {
  rmSync(weightsOf(folder));
  cpSync(join(GOLDENS, "refused", file), join(folder, "mm_projector.bin"));
}

function shard(target: string, weightMap: Readonly<Record<string, string>>): void {
  rmSync(weightsOf(target));
  writeJson(target, "model.safetensors.index.json", { weight_map: weightMap });
}

/** Spoils a case; what it returns are further arguments. */
type Spoil = (spoilt: Case, folder: string) => readonly string[] | void;

const mapping =
  (line: string): Spoil =>
  (_, folder) => {
    writeText(folder, "map.tsv", `# a comment\n${line}\n`);
    return ["--mapping", join(folder, "map.tsv")];
  };

const CASES: readonly (readonly [string, Spoil, RegExp])[] = [
  [
    "a truncated adapter",
    ({ adapter }) => truncateSync(weightsOf(adapter), 900),
    /model\.safetensors: .* the file is truncated/,
  ],
  [
    "a truncated target",
    ({ target }) => truncateSync(weightsOf(target), 1000),
    /target.model\.safetensors: .* the file is truncated/,
  ],
  [
    "a truncated torch archive",
    ({ adapter }) => {
      replaceWeights(adapter, "short-storage.pt");
      truncateSync(join(adapter, "mm_projector.bin"), 300);
    },
    /mm_projector\.bin: is not a sound zip archive/,
  ],
  [
    "a header that lies about its length",
    ({ target }) => {
      const bytes = readFileSync(weightsOf(target));
      bytes.writeBigUInt64LE(2n ** 60n);
      writeFileSync(weightsOf(target), bytes);
    },
    /target.model\.safetensors: .*header/,
  ],
  [
    "a header that lies about a shape",
    ({ target, table }) => {
      const [rows, columns] = table.shape as [number, number];
      writeFileSync(
        weightsOf(target),
        readFileSync(weightsOf(target), "latin1").replace(`[${rows},${columns}]`, `[${rows},9]`),
        "latin1",
      );
    },
    /target.model\.safetensors: tensor "model\.embed_tokens\.weight"/,
  ],
  [
    "a missing shard",
    ({ target }) => shard(target, { [EMBEDDINGS]: "model-00001-of-00002.safetensors" }),
    /the shard model-00001-of-00002\.safetensors is missing/,
  ],
  [
    "an index that leaves the folder",
    ({ target }) => shard(target, { [EMBEDDINGS]: "../adapter/model.safetensors" }),
    /points to "\.\.\/adapter\/model\.safetensors", expected a file inside the folder/,
  ],
  [
    "a pickle with a foreign global",
    ({ adapter }) => replaceWeights(adapter, "foreign-global.bin"),
    /names the Python object posix\.system/,
  ],
  [
    "an archive with compressed members",
    ({ adapter }) => replaceWeights(adapter, "compressed.pt"),
    /member ".*" is compressed/,
  ],
  [
    "an archive from before PyTorch 1.6",
    ({ adapter }) => replaceWeights(adapter, "legacy.bin"),
    /convert it with: python -c/,
  ],
  [
    "a NaN in the projector",
    ({ adapter }) => {
      const tensors = projectorTensors(3);
      const head = "model.mm_projector.3.weight";
      writeFileSync(
        weightsOf(adapter),
        safetensorsBytes({ ...tensors, [head]: setValue(tensors[head]!, 10, Number.NaN) }),
      );
    },
    /adapter: row 1 of "model\.mm_projector\.3\.weight" holds NaN or infinity/,
  ],
  [
    "a NaN row in the target",
    ({ target, table }) =>
      writeFileSync(weightsOf(target), safetensorsBytes({ [EMBEDDINGS]: setValue(table, 258 * 4, Number.NaN) })),
    /row \d+ of "model\.embed_tokens\.weight" \(token "Ġthe"\) holds NaN/,
  ],
  [
    "a vocabulary of another length than the head",
    ({ adapter }) => writeJson(adapter, "mm_vocab.json", { Ġthe: 1, Ġcat: 2 }),
    /mm_vocab\.json: has 2 tokens, the adapter has 3 rows/,
  ],
  [
    "a token that stands twice",
    ({ adapter }) => writeText(adapter, "mm_vocab.json", '{"Ġthe": 1, "Ġcat": 2, "Ġthe": 3}'),
    /mm_vocab\.json: the key "Ġthe" stands twice/,
  ],
  [
    "an id that stands twice",
    ({ adapter }) => writeJson(adapter, "mm_vocab.json", { Ġthe: 1, Ġcat: 2, Ġred: 1 }),
    /mm_vocab\.json: "Ġthe" and "Ġred" both have 1, .*expected one id for each token, or counts/,
  ],
  [
    "an adapter that nothing labels",
    ({ adapter }) => rmSync(join(adapter, "mm_vocab.json")),
    /nothing says which token each of the 3 rows stands for; give the vocabulary file/,
  ],
  [
    "a target without tokenizer",
    ({ target }) => rmSync(join(target, "tokenizer.json")),
    /target: holds no tokenizer\.json/,
  ],
  [
    "a target without config",
    ({ target }) => rmSync(join(target, "config.json")),
    /target: holds no config\.json; expected the Hugging Face folder of an LLM/,
  ],
  [
    "a tokenizer of a kind that cannot be read",
    ({ target }) => writeJson(target, "tokenizer.json", { model: { type: "Morphemes", vocab: { a: 0 } } }),
    /model\.type is "Morphemes"; tokenizers of BPE, Unigram, WordPiece, WordLevel can be read/,
  ],
  [
    "a WordLevel target",
    ({ target }) => writeJson(target, "tokenizer.json", { model: { type: "WordLevel", vocab: { a: 0 } } }),
    /target: its tokenizer is WordLevel, .*only inspect reads it/,
  ],
  [
    "a WordPiece target",
    ({ target }) => writeJson(target, "tokenizer.json", { model: { type: "WordPiece", vocab: { the: 0, "##d": 1 } } }),
    /target: its tokenizer is WordPiece, .*only inspect reads it/,
  ],
  [
    "a target that marks word ends, as CLIP's",
    ({ target }) => {
      const model = { type: "BPE", end_of_word_suffix: "</w>", vocab: { "the</w>": 0 }, merges: [] };
      writeJson(target, "tokenizer.json", { model });
    },
    /target: its tokenizer is BPE with word ends, .*only inspect reads it/,
  ],
  [
    "a table smaller than the ids",
    ({ target }) => {
      writeJson(target, "config.json", { model_type: "qwen2", vocab_size: 257, hidden_size: 4 });
      writeFileSync(weightsOf(target), safetensorsBytes({ [EMBEDDINGS]: randomTensor([257, 4], 1) }));
    },
    /token "Ġ\w+" has id \d+, but "model\.embed_tokens\.weight" has 257 rows/,
  ],
  [
    "a mapping line that names no token of the adapter",
    mapping('"Ġdog"\t"Ġcat"\t1'),
    /map\.tsv:2: "Ġdog" is no token of the adapter's 3 rows/,
  ],
  [
    "a mapping line that names no token of the target",
    mapping('"Ġthe"\t"Ġdog"\t1'),
    /map\.tsv:2: "Ġdog" is no token of .*target/,
  ],
  ["a mapping line that is no JSON", mapping("the\tcat"), /map\.tsv:2: the is no token; tokens are JSON strings/],
  [
    "a mapping file that is absent",
    () => ["--mapping", join(root, "absent.tsv")],
    /absent\.tsv: cannot be read: no such/,
  ],
  [
    "a lambda that is no number",
    () => ["--align", "ridge", "--lambda", "much"],
    /--lambda: is "much", expected a number/,
  ],
  [
    "no pictures to fit a projector to",
    () => ["--projector", "mlp", "--images", root, "--vision", root, "--pictures", "0"],
    /--pictures: is 0, expected a whole number of pictures above 0/,
  ],
  ["a lambda where nothing is mapped", () => ["--lambda", "1"], /--lambda: --align none takes none; ridge does/],
  [
    "a row chosen by hand where all are mapped",
    () => ["--align", "ridge", "--missing", "drop"],
    /--missing: --align ridge maps every row of the source by one map, .* use --align none/,
  ],
  [
    "an override of no token",
    () => ["--override", "Ġdog=cat"],
    /--override: "Ġdog" is no token of the adapter's 3 rows/,
  ],
];

/** The exit code, stderr and what lies beside the output, in which nothing may be left. */
async function transfer({ adapter, target }: Case, output: string, extra: readonly string[] = []) {
  const run = await runCommand(Transfer, [adapter, target, "--output", output, ...extra]);
  const left = readdirSync(dirname(output)).filter((name) => name.includes(basename(output)));
  return { ...run, left };
}

/** One line that starts as all errors of the tool do. */
const oneLine = (message: RegExp): RegExp => new RegExp(`^langbridge: .*${message.source}.*\\n$`);

describe("langbridge transfer refuses, in one line and with nothing written,", () => {
  test("no sound input", async () => {
    const { exitCode, stderr, left } = await transfer(soundCase(join(root, "sound")), join(root, "sound-out"));
    expect({ exitCode, stderr, left }).toEqual({ exitCode: 0, stderr: "", left: ["sound-out"] });
  });

  test.each(CASES)("%s", async (title, spoil, message) => {
    const folder = join(root, title.replaceAll(/\W+/g, "-"));
    const spoilt = soundCase(folder);
    const extra = spoil(spoilt, folder) ?? [];
    const { exitCode, stderr, stdout, left } = await transfer(spoilt, join(folder, "out"), extra);
    expect(stderr).toMatch(oneLine(message));
    const ofCommandLine = /^langbridge: --(lambda|pictures): is /.test(stderr);
    expect({ exitCode, stdout, left }).toEqual({ exitCode: ofCommandLine ? 2 : 1, stdout: "", left: [] });
  });

  test("an output folder that is not empty", async () => {
    const folder = join(root, "occupied");
    mkdirSync(join(folder, "out"), { recursive: true });
    writeText(join(folder, "out"), "precious", "kept");
    const { exitCode, stderr, left } = await transfer(soundCase(folder), join(folder, "out"));
    expect(stderr).toMatch(oneLine(/out: is not empty; choose another folder, or replace it with --force/));
    expect({ exitCode, left, files: readdirSync(join(folder, "out")) }).toEqual({
      exitCode: 1,
      left: ["out"],
      files: ["precious"],
    });
  });

  testWithDisk(disk)("a disk that is full", async () => {
    const { exitCode, stderr } = await transfer(soundCase(join(root, "full")), join(disk!, "out"), ["--official"]);
    expect(stderr).toMatch(oneLine(/out.mm_projector\.bin: cannot be written: the disk is full; free some space/));
    expect({ exitCode, left: readdirSync(disk!) }).toEqual({ exitCode: 1, left: [] });
  });

  test("a folder without write permission", async () => {
    const folder = join(root, "forbidden");
    const sound = soundCase(folder);
    mkdirSync(join(folder, "locked"), { mode: 0o555 });
    chmodSync(root, 0o755);
    const { exitCode, stderr } = await withoutPrivileges(() => transfer(sound, join(folder, "locked", "out")));
    expect(stderr).toMatch(oneLine(/out: cannot be written: permission denied/));
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, "locked", "out"))).toBe(false);
  });
});

test("counts where ids are expected are used for their order, and explained", async () => {
  const { adapter, target } = soundCase(join(root, "counts"));
  writeJson(adapter, "mm_vocab.json", { Ġthe: 18429030, Ġcat: 120, Ġred: 7 });
  const { stdout, exitCode } = await runCommand(Transfer, [adapter, target, "--dry-run"]);
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(
    "mm_vocab.json holds how often each token occurs, not token ids; its order and tokens are used",
  );
});
