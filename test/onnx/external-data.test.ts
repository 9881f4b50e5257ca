import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { encodeWithExternalData } from "../../src/onnx/external-data.js";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import type { Graph } from "../../src/onnx/graph.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = realpathSync(temporaryFolder());

function file(...path: string[]): string {
  const whole = join(root, ...path);
  mkdirSync(join(whole, ".."), { recursive: true });
  writeFileSync(whole, "weights");
  return whole;
}

/** A graph with one weight in each file. */
function graphOver(...files: string[]): Graph {
  const g = new GraphBuilder();
  files.forEach((path, i) => {
    g.weight({ name: `w${i}`, dtype: "F32", shape: [1], file: path, byteOffset: 0, byteLength: 4 });
  });
  return g.finish();
}

/** The locations that a model names, in order. */
const locations = (bytes: Uint8Array, ...names: string[]): boolean[] =>
  names.map((name) => Buffer.from(bytes).includes(`location\u0012${String.fromCharCode(name.length)}${name}`));

describe("encodeWithExternalData", () => {
  test("names one file relative to its own folder", async () => {
    const { folder, bytes } = await encodeWithExternalData(graphOver(file("llm", "model.safetensors")));
    expect([folder, ...locations(bytes, "model.safetensors")]).toEqual([join(root, "llm"), true]);
  });

  test("names files of several folders relative to the deepest one that holds them all", async () => {
    const [a, b] = [file("cache", "q8.safetensors"), file("hub", "llm", "model.safetensors")];
    const { folder, bytes } = await encodeWithExternalData(graphOver(a, b));
    expect(folder).toBe(root);
    expect(locations(bytes, "cache/q8.safetensors", "hub/llm/model.safetensors")).toEqual([true, true]);
  });

  test("follows links to the real file, as in the Hugging Face cache", async () => {
    const blob = file("hub", "blobs", "0123abc");
    mkdirSync(join(root, "hub", "snapshots", "main"), { recursive: true });
    const link = join(root, "hub", "snapshots", "main", "model.safetensors");
    symlinkSync(join("..", "..", "blobs", "0123abc"), link);
    const { folder, bytes } = await encodeWithExternalData(graphOver(link));
    expect([folder, ...locations(bytes, "0123abc")]).toEqual([join(blob, ".."), true]);
  });

  test("has no folder where nothing lies outside, and one line for a file that is gone", async () => {
    expect((await encodeWithExternalData(new GraphBuilder().finish())).folder).toBeUndefined();
    await expect(encodeWithExternalData(graphOver(join(root, "gone.safetensors")))).rejects.toThrow(
      /gone\.safetensors: /,
    );
  });
});
