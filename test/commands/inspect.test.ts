import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import Inspect from "../../commands/inspect.js";
import type { Inspection } from "../../src/inspect/inspect.js";
import type { Overlap } from "../../src/inspect/overlap.js";
import {
  byteLevelTokenizer,
  makeAdapter,
  makeLlm,
  projectorTensors,
  randomTensor,
  safetensorsBytes,
  sentencePieceTokenizer,
} from "../helpers/make-folders.js";
import { runCommand } from "../helpers/run-command.js";
import { describeWithSharedData, SHARED_DATA } from "../helpers/shared-data.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const folder = (name: string): string => join(root, name);
const qwen = byteLevelTokenizer(["Ġthe", "Ġcat", "<script>"], ["<|endoftext|>", "<|im_end|>"]);
makeLlm(folder("qwen"), { tokenizer: qwen, hiddenSize: 4, config: { num_hidden_layers: 2 } });
makeLlm(folder("llama"), { tokenizer: sentencePieceTokenizer(["▁the", "▁cat"]), hiddenSize: 4 });
makeAdapter(folder("adapter"), { tokens: { Ġthe: 1, Ġdog: 2, "\u0120\u001b[31m": 3 } });
mkdirSync(folder("tokenizer"));
writeFileSync(join(folder("tokenizer"), "tokenizer.json"), JSON.stringify(qwen));

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("langbridge inspect of one folder", () => {
  test("shows an LLM: family, embedding table, size, tied or not, tokenizer and its classes", async () => {
    const { stdout, exitCode, result } = await runCommand<Inspection>(Inspect, [folder("qwen")]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/LLM +qwen2, 2 layers/);
    expect(stdout).toMatch(/embeddings +"model.embed_tokens.weight" in model.safetensors/);
    expect(stdout).toMatch(/\d+ x 4, BF16, tied to the output head/);
    expect(stdout).toMatch(/tokenizer +byte-level BPE/);
    expect(stdout).toMatch(/<\|im_end\|> +turn-end/);
    expect(widest(stdout)).toBeLessThanOrEqual(100);
    expect(result!.llm!.embedding).toMatchObject({ hiddenSize: 4, tied: true });
    expect(result!.vocabulary!.kinds).toMatchObject({ byte: 128, special: 2 });
  });

  test("shows an adapter, without letting its tokens move the cursor", async () => {
    const { stdout, result } = await runCommand<Inspection>(Inspect, [folder("adapter")]);
    expect(stdout).toMatch(/adapter +adapter: mm_vocab, F32/);
    expect(stdout).toContain("Ġ␛[31m");
    expect(stdout).not.toContain("\x1b");
    expect(result!.llm).toBeUndefined();
  });

  test("shows a tokenizer alone", async () => {
    const { result } = await runCommand<Inspection>(Inspect, [folder("tokenizer")]);
    expect(Object.keys(result!)).toEqual(["path", "name", "vocabulary", "notes"]);
  });

  test("shows all that a LLaVA folder holds", async () => {
    const llava = folder("llava");
    const table = makeLlm(llava, { tokenizer: qwen, hiddenSize: 4, config: { model_type: "llava_qwen" } });
    const tensors = { ...projectorTensors(3), "model.embed_tokens.weight": table };
    writeFileSync(join(llava, "model.safetensors"), safetensorsBytes(tensors));
    const { result } = await runCommand<Inspection>(Inspect, [llava]);
    expect(result!.adapter!.kind).toBe("mm_vocab");
    expect(result!.llm!.family).toBe("llava_qwen");
    expect(result!.vocabulary!.tokenizer).toBe("byte-level BPE");
  });

  test("says when table and tokenizer have different sizes", async () => {
    const padded = folder("padded");
    const { shape } = makeLlm(padded, { tokenizer: qwen, hiddenSize: 4 });
    const rows = shape[0]! + 5;
    writeFileSync(
      join(padded, "model.safetensors"),
      safetensorsBytes({ "model.embed_tokens.weight": randomTensor([rows, 4], 1) }),
    );
    writeFileSync(join(padded, "config.json"), JSON.stringify({ model_type: "qwen2", vocab_size: rows }));
    const { stdout, result } = await runCommand<Inspection>(Inspect, [padded]);
    expect(result!.notes).toEqual(['"model.embed_tokens.weight" has 5 rows more than the tokenizer has ids']);
    expect(stdout).toContain("note: ");
    const short = rows - 7;
    writeFileSync(
      join(padded, "model.safetensors"),
      safetensorsBytes({ "model.embed_tokens.weight": randomTensor([short, 4], 1) }),
    );
    writeFileSync(join(padded, "config.json"), JSON.stringify({ model_type: "qwen2", vocab_size: short }));
    const after = await runCommand<Inspection>(Inspect, [padded]);
    expect(after.result!.notes).toEqual([
      `the tokenizer has 2 ids beyond the ${short} rows of "model.embed_tokens.weight"`,
    ]);
  });

  test("refuses a folder without anything to inspect, and a vision tower", async () => {
    mkdirSync(folder("empty"));
    const empty = await runCommand(Inspect, [folder("empty")]);
    expect(empty).toMatchObject({ exitCode: 1, stdout: "" });
    expect(empty.stderr).toMatch(/^langbridge: .*empty: is empty; name the folder of a model\n$/);
    writeFileSync(join(folder("empty"), "README.md"), "");
    const { stderr } = await runCommand(Inspect, [folder("empty")]);
    expect(stderr).toMatch(/^langbridge: .*empty: holds neither weights nor a tokenizer\.json; .*\n$/);
    mkdirSync(folder("tower"));
    const tower = { "vision_model.embeddings.patch_embedding.weight": randomTensor([2, 2], 1) };
    writeFileSync(join(folder("tower"), "model.safetensors"), safetensorsBytes(tower));
    expect((await runCommand(Inspect, [folder("tower")])).stderr).toMatch(/neither an adapter nor an LLM/);
  });
});

describe("langbridge inspect of two folders", () => {
  test("prints the overlap in at most 100 columns, without colours where there is no terminal", async () => {
    const { stdout, exitCode } = await runCommand<Overlap>(Inspect, [folder("qwen"), folder("llama")]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^qwen -> llama\n/);
    expect(stdout).toMatch(/exact bytes +\d+ +\d+\.\d % +\d+\.\d % +\d+\.\d %/);
    expect(stdout).toMatch(/special role +<\|endoftext\|> +<\/s>/);
    expect(stdout).not.toContain("\x1b");
    expect(widest(stdout)).toBeLessThanOrEqual(100);
  });

  test("returns what --json prints", async () => {
    const { result } = await runCommand<Overlap>(Inspect, [folder("qwen"), folder("llama")]);
    const json = await runCommand<Overlap>(Inspect, [folder("qwen"), folder("llama"), "--json"]);
    expect(JSON.parse(json.stdout)).toEqual(result);
    expect(result!.coverage.at(-1)!.first).toBe(result!.source.tokens);
  });

  test("takes the rows of an adapter as the source", async () => {
    const { result, stdout } = await runCommand<Overlap>(Inspect, [folder("adapter"), folder("llama")]);
    expect(result!.source).toMatchObject({ name: "adapter", tokens: 3 });
    expect(stdout).toMatch(/exact bytes +1 /);
    expect(stdout).toContain("rows of an adapter");
  });

  test("weights by --counts", async () => {
    const counts = join(root, "counts.json");
    writeFileSync(counts, JSON.stringify({ Ġthe: 90, "<script>": 10, Ġnone: 3 }));
    const { result, stdout } = await runCommand<Overlap>(Inspect, [
      folder("qwen"),
      folder("llama"),
      "--counts",
      counts,
    ]);
    expect(result!.classes.map(({ ofOccurrences }) => ofOccurrences)).toEqual([0.9, 0, 0, 0.1, 0]);
    expect(stdout).toContain("1 counted tokens (3 occurrences) are not in the source");
    const alone = await runCommand(Inspect, [folder("qwen"), "--counts", counts]);
    expect(alone.stderr).toMatch(/^langbridge: --counts: weights the comparison of two folders; name a TARGET too\n$/);
  });

  test("writes the same as one HTML file, with every token escaped", async () => {
    const html = join(root, "overlap.html");
    await runCommand(Inspect, [folder("qwen"), folder("llama"), "--counts", join(root, "counts.json"), "--html", html]);
    const page = readFileSync(html, "utf8");
    expect(page).toContain("<h1>langbridge inspect: qwen -&gt; llama</h1>");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script>");
    expect(readdirSync(root).filter((name) => name.includes("overlap"))).toEqual(["overlap.html"]);
  });

  test("needs a tokenizer in the target, and writes no HTML then", async () => {
    const html = join(root, "never.html");
    const run = await runCommand(Inspect, [folder("qwen"), folder("adapter"), "--html", html]);
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toMatch(/^langbridge: .*adapter: holds no tokenizer\.json; .*\n$/);
    expect(existsSync(html)).toBe(false);
  });

  test("asks for --vocab where nothing says what an adapter's rows stand for", async () => {
    const bare = join(root, "mm_projector.safetensors");
    writeFileSync(bare, safetensorsBytes(projectorTensors(2)));
    const bareFolder = folder("bare");
    mkdirSync(bareFolder);
    writeFileSync(join(bareFolder, "model.safetensors"), safetensorsBytes(projectorTensors(2)));
    const run = await runCommand(Inspect, [bareFolder, folder("llama")]);
    expect(run.stderr).toMatch(
      /nothing here says what the adapter's 2 rows stand for; name the vocabulary file with --vocab/,
    );
    const vocab = join(root, "list.json");
    writeFileSync(vocab, JSON.stringify(["Ġthe", "Ġcat"]));
    const named = await runCommand<Overlap>(Inspect, [bareFolder, folder("llama"), "--vocab", vocab]);
    expect(named.result!.classes[0]).toMatchObject({ match: "exact", sourceTokens: 2 });
  });
});

describeWithSharedData("langbridge inspect of real tokenizers", () => {
  const real = (name: string): string => join(SHARED_DATA, "tokenizers", name);

  test("Qwen2.5 and TinyLlama fit in 100 columns", async () => {
    const { stdout, result } = await runCommand<Overlap>(Inspect, [real("qwen2.5"), real("tinyllama")]);
    expect(widest(stdout)).toBeLessThanOrEqual(100);
    expect(result!.strings.found).toBe(9_587);
    expect(result!.strings.wrong).toHaveLength(139);
    expect(result!.classes[0]).toMatchObject({ match: "exact", sourceTokens: 26_310 });
  });

  test("the broken file found in the wild gives one clear line", async () => {
    const run = await runCommand(Inspect, [real("qwen2.5"), real("tinyllama-broken")]);
    expect(run).toMatchObject({ exitCode: 1, stdout: "" });
    expect(run.stderr).toMatch(
      /^langbridge: .*tokenizer\.json: merge 18917 is " {3}", expected two pieces; the file was damaged .*\n$/,
    );
  });
});
