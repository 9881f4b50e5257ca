import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { loadAdapter } from "../../../src/adapter/load.js";
import { exportAdapter, type ExportOptions } from "../../../src/export/export.js";
import type { ExportReport } from "../../../src/export/format.js";
import { projectorWeights } from "../../../src/runtime/parts/projector-weights.js";
import { planTransfer } from "../../../src/transfer/plan/plan-transfer.js";
import { executeTransfer } from "../../../src/transfer/transfer.js";
import { outputNames } from "../../helpers/output-names.js";
import { relativeError } from "../../helpers/goldens.js";
import { readOnnxFacts, runOnnxFile } from "../../helpers/onnx-file.js";
import { FAMILIES, readGolden, WORLD } from "../../helpers/small-world.js";
import { temporaryFolder } from "../../helpers/temporary-folder.js";
import { withModel } from "../../helpers/with-model.js";

const root = temporaryFolder();
const cacheFolder = join(root, "cache");
const adapterOf = (family: string, kind: string): string => join(WORLD, "adapters", family, kind);
const model = (folder: string): string => join(folder, "onnx", "adapter.onnx");

async function write(adapter: string, name: string, options: Partial<ExportOptions> = {}): Promise<ExportReport> {
  const output = join(root, name);
  return exportAdapter({ adapter, format: "onnx", output, cacheFolder, toolVersion: "0.0.0-test", ...options });
}

/** (6 scenes * 4 patches, 64), what PyTorch's tower makes of them. */
const features = (await readGolden("vision")).tensors.get("features")!;
const feeds = { features: { data: features, dims: [24, 64] } };
const { tensors: expected, tolerance } = await readGolden("adapters");

/** Offsets are pages, one weight follows the next, and nothing is outside the one file. */
function expectTightData(path: string): void {
  const { places } = readOnnxFacts(path);
  const data = `${path.slice(path.lastIndexOf("/") + 1)}_data`;
  let end = 0;
  for (const { location, offset, length } of places) {
    expect([location, offset]).toEqual([data, Math.ceil(end / 4096) * 4096]);
    end = offset + length;
  }
  expect(statSync(join(dirname(path), data)).size).toBe(end);
}

describe.each(FAMILIES)("adapters of %s", (family) => {
  test.each([
    ["paper-0", "paper"],
    ["anchored", "anchored"],
    ["mlp2x_gelu", "mlp2x_gelu"],
  ])("%s gives PyTorch's vectors", async (kind, golden) => {
    const { output, checks, remarks } = await write(adapterOf(family, kind), `${family}-${kind}`);
    const { embeddings } = await runOnnxFile(model(output), feeds);
    expect(
      relativeError(embeddings!.data as Float32Array, [...expected.get(`${family}.${golden}.vectors`)!]),
    ).toBeLessThan(tolerance);
    expect(checks).toEqual([
      expect.stringMatching(/^onnx\/adapter\.onnx gives for 64 random vectors what the parts give in place; largest/),
    ]);
    expect(remarks).toEqual([]);
    expectTightData(model(output));
  });

  test("--no-fold keeps the coefficients, PyTorch's, and brings the list of rows", async () => {
    const { output } = await write(adapterOf(family, "paper-0"), `${family}-whole`, { fold: false });
    const { embeddings, coefficients } = await runOnnxFile(model(output), feeds);
    const golden = (name: string): number[] => [...expected.get(`${family}.paper.${name}`)!];
    expect(relativeError(embeddings!.data as Float32Array, golden("vectors"))).toBeLessThan(tolerance);
    expect(relativeError(coefficients!.data as Float32Array, golden("coefficients"))).toBeLessThan(tolerance);
    expect(outputNames(output)).toEqual(["README.md", "mm_vocab.json", "onnx"]);
    expectTightData(model(output));
  });
});

describe.each(["sparse", "soft"] as const)("an adapter that decodes, %s", (align) => {
  const moved = join(root, `${align}-moved`);
  let report: ExportReport;
  beforeAll(async () => {
    const [source, target] = [join(WORLD, "llama2"), join(WORLD, "qwen2")];
    const alignSettings = align === "sparse" ? { k: 3, words: 40 } : { words: 40 };
    const plan = await planTransfer({ adapter: adapterOf("llama2", "paper-0"), source, target, align, alignSettings });
    await executeTransfer(plan, { output: moved, toolVersion: "0.0.0-test" });
    report = await write(moved, `${align}-exported`);
  });

  test("gives what it gives in place", async () => {
    const adapter = projectorWeights(await loadAdapter(moved));
    const inPlace = await withModel(
      { adapter, cacheFolder, adapterOptions: { tokens: align === "sparse" } },
      ({ adapter: projector }) => projector!.project(features),
    );
    const outputs = await runOnnxFile(model(report.output), feeds);
    expect(relativeError(outputs["embeddings"]!.data as Float32Array, [...inPlace.embeddings])).toBeLessThan(1e-5);
    if (align === "soft") return;
    const { rows, weights, residuals } = inPlace.tokens!;
    expect([...(outputs["tokens"]!.data as Int32Array)]).toEqual([...rows]);
    expect(relativeError(outputs["weights"]!.data as Float32Array, [...weights])).toBeLessThan(1e-5);
    expect(relativeError(outputs["residuals"]!.data as Float32Array, [...residuals])).toBeLessThan(1e-5);
  });

  test("names its tokens, and holds of the two tables only the rows that can be chosen", () => {
    const { places } = readOnnxFacts(model(report.output));
    const rows = 2 * 40;
    const table = (name: string) => places.find((place) => place.name.startsWith(name))!.length;
    expect(table("decode_matrix")).toBe(rows * 80 * 4);
    expect(table("mm_vocab_matrix")).toBe(rows * 64 * 4);
    expectTightData(model(report.output));
    expect(outputNames(report.output)).toEqual([
      "README.md",
      "onnx",
      ...(align === "sparse" ? ["vocabulary.json"] : []),
    ]);
  });

  test("says so when nothing names its rows, and refuses a list of other rows", async () => {
    const [unnamed, misnamed] = [join(root, `${align}-unnamed`), join(root, `${align}-misnamed`)];
    for (const folder of [unnamed, misnamed]) cpSync(moved, folder, { recursive: true });
    rmSync(join(unnamed, "vocabulary.json"));
    const { output, remarks } = await write(unnamed, `${align}-unnamed-exported`);
    expect(outputNames(output)).toEqual(["README.md", "onnx"]);
    const unknown: unknown = expect.stringContaining("nothing says which tokens the rows in tokens are");
    expect(remarks).toEqual(align === "soft" ? [] : [unknown]);
    if (align === "soft") return; // It gives no rows.
    const entries = JSON.parse(readFileSync(join(moved, "vocabulary.json"), "utf8")) as unknown[];
    writeFileSync(join(misnamed, "vocabulary.json"), JSON.stringify(entries.slice(1)));
    await expect(write(misnamed, "none")).rejects.toThrow(/vocabulary\.json: has 447 tokens, the adapter has 448 rows/);
  });

  test("says where it comes from", () => {
    const { metadata, producer } = readOnnxFacts(model(report.output));
    expect(producer).toBe("langbridge 0.0.0-test");
    expect(metadata).toMatchObject({
      adapter: `${align}-moved`,
      adapter_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      align,
      folded: "true",
      target: "qwen2",
      data_sha256: createHash("sha256")
        .update(readFileSync(`${model(report.output)}_data`))
        .digest("hex"),
    });
    expect(JSON.parse(metadata["align_settings"]!)).toMatchObject({ words: 40 });
  });
});

describe("an exported folder", () => {
  test("is the same bytes a second time, and runs where it is moved to", async () => {
    const bytes = (folder: string) =>
      readdirSync(join(folder, "onnx"))
        .sort()
        .map((name) => [name, readFileSync(join(folder, "onnx", name)).toString("base64")]);
    const [first, second] = [
      await write(adapterOf("qwen2", "paper-0"), "first"),
      await write(adapterOf("qwen2", "paper-0"), "second"),
    ];
    expect(bytes(second.output)).toEqual(bytes(first.output));
    const place = join(root, "elsewhere", "model");
    cpSync(first.output, place, { recursive: true });
    renameSync(first.output, `${first.output}-gone`);
    const { embeddings } = await runOnnxFile(model(place), feeds);
    expect(embeddings!.dims).toEqual([24, 64]);
  });

  test("uses the standard operators of ONNX alone", async () => {
    const { output, models } = await write(adapterOf("qwen2", "paper-1"), "standard");
    expect(readOnnxFacts(model(output)).operatorSets).toEqual({ "": 20 });
    expect(models![0]).toMatchObject({ irVersion: 10, operatorSets: { "ai.onnx": 20 } });
    const { operators } = readOnnxFacts(model(join(root, "sparse-exported")));
    expect(operators.filter((name) => name.includes("."))).toEqual([]);
  });
});
