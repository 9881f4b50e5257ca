import type { DeviceDiagnosis, Diagnosis } from "./diagnose.js";
import { GENERAL_PRECISIONS, type Precision } from "../runtime/devices/precision.js";
import { sectionsAsText, type Section } from "../layout/sections.js";

/** A machine's diagnosis and the folders that the tool uses there. */
export interface DoctorResult extends Diagnosis {
  readonly folders: {
    /** The cache folder. */
    readonly cache: string;
    /** The folder of downloads in which `org/name` is looked for. */
    readonly huggingFace: string;
  };
}

/** What `doctor` found, as tables of at most 100 columns. */
export function doctorText(result: DoctorResult, { colour = false } = {}): string {
  return sectionsAsText([machineSection(result), deviceSection(result)], { colour });
}

function machineSection({ system, onnxruntime, decodesImages, folders }: DoctorResult): Section {
  const { node, platform, processors, memoryBytes, availableBytes } = system;
  return {
    title: "machine",
    columns: [{ header: "" }, { header: "" }],
    rows: [
      ["node", `${node}, ${platform}`],
      ["processors", String(processors)],
      ["memory", `${gigabytes(memoryBytes)}, ${gigabytes(availableBytes)} free`],
      ["onnxruntime-node", onnxruntime ?? "missing"],
      ["images", decodesImages ? "decoded by sharp" : "sharp is missing"],
      ["cache", folders.cache],
      ["Hugging Face", folders.huggingFace],
    ],
  };
}

function deviceSection({ devices, problems, system }: DoctorResult): Section {
  return {
    title: "what runs, by --device and --dtype",
    columns: [{ header: "device" }, ...GENERAL_PRECISIONS.map((header) => ({ header }))],
    rows: devices.map(deviceRow),
    remarks: [
      ...devices.flatMap((device) => device.problems),
      ...problems,
      `on the CPU, free memory holds an LLM of about ${roomByPrecision(system.availableBytes)} billion parameters`,
    ],
  };
}

const deviceRow = ({ device, runs }: DeviceDiagnosis): string[] => [
  device,
  ...GENERAL_PRECISIONS.map((precision) => (runs.includes(precision) ? "yes" : "-")),
];

/** Bytes of a parameter; in q8 and q4, a block of 32 has one scale of 4 bytes. */
const BYTES_PER_PARAMETER = { f32: 4, q8: 1 + 4 / 32, q4: 0.5 + 4 / 32 } as const satisfies Partial<
  Record<Precision, number>
>;

/** `5 (f32), 19 (q8), 34 (q4)`. */
const roomByPrecision = (bytes: number): string =>
  Object.entries(BYTES_PER_PARAMETER)
    .map(([precision, each]) => `${(bytes / each / 1e9).toPrecision(2)} (${precision})`)
    .join(", ");

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
