import { describe, expect, test } from "@jest/globals";
import Doctor from "../../commands/doctor.js";
import { doctorText, type DoctorResult } from "../../src/doctor/doctor-report.js";
import { PROBE } from "../../src/runtime/devices/probe-graph.js";
import { runCommand } from "../helpers/run-command.js";

describe("langbridge doctor", () => {
  test("finds what the CPU computes, by running it", async () => {
    const { stdout, exitCode, result } = await runCommand<DoctorResult>(Doctor, []);
    expect(exitCode).toBe(0);
    expect(result!.devices.map(({ device }) => device)).toEqual(["cpu", "cuda", "webgpu"]);
    expect(result!.devices[0]).toEqual({ device: "cpu", runs: ["f32", "f16", "q8", "q4"], problems: [] });
    expect(result!).toMatchObject({ decodesImages: true, problems: [], system: { node: process.version } });
    expect(stdout).toMatch(/^cpu +yes +yes +- +yes +yes$/m);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test("says of every device that runs nothing how to add it, and fails when that one was asked for", async () => {
    const { result } = await runCommand<DoctorResult>(Doctor, []);
    for (const { device, runs, problems } of result!.devices) {
      const alone = await runCommand<DoctorResult>(Doctor, ["--device", device]);
      expect(alone.exitCode).toBe(runs.length > 0 ? 0 : 1);
      if (runs.length > 0) continue;
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(
        /is not available on this machine; .*(onnxruntime-node-install=cuda12$|driver|of CUDA 13)/,
      );
      expect(alone.stderr).toBe(`langbridge: ${problems[0]}\n`);
      expect(alone.stdout).toBe("");
    }
  });

  test("the product that is tried is one that every type of arithmetic gets exactly right", () => {
    expect(new Set(PROBE.expected).size).toBeGreaterThan(2);
    expect(Math.max(...PROBE.expected)).toBeLessThan(256); // Whole numbers up to here are exact in bfloat16.
  });

  test("shows a machine without onnxruntime and sharp with the commands that add them", () => {
    const text = doctorText({
      system: { node: "v20.0.0", platform: "linux x64", processors: 8, memoryBytes: 64e9, availableBytes: 40e9 },
      onnxruntime: undefined,
      decodesImages: false,
      devices: [],
      problems: ["onnxruntime-node cannot be loaded; add it with: npm install onnxruntime-node"],
      folders: { cache: "cache", huggingFace: "hub" },
    });
    expect(text).toMatch(/^onnxruntime-node +missing$/m);
    expect(text).toContain("add it with: npm install onnxruntime-node");
    expect(text).toContain("about 10 (f32), 36 (q8), 64 (q4) billion parameters");
  });
});
