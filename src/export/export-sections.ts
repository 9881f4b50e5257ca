import type { ExportReport, ModelSummary } from "./format.js";
import { describeValue, type Value } from "../onnx/graph.js";
import { sectionsAsText, type Section } from "../layout/sections.js";
import { count } from "../layout/numbers.js";
import { printable } from "../layout/table.js";

/** What an export wrote, for the terminal. */
export function exportText(report: ExportReport, { colour = false } = {}): string {
  const { title, lines } = report.usage;
  const sections = sectionsAsText(exportSections(report), { colour });
  return [sections, [title, ...lines.map((line) => `  ${line}`)].map(printable).join("\n")].join("\n\n");
}

function exportSections({ adapter, format, output, files, models = [], checks, remarks }: ExportReport): Section[] {
  const written: Section = {
    title: `${adapter} as ${format} in ${output}`,
    columns: [{ header: "file" }, { header: "bytes", align: "right" }],
    rows: files.map(({ name, bytes }) => [name, count(bytes)]),
  };
  const found: Section = {
    columns: [],
    rows: [],
    remarks: [...checks.map((check) => `checked: ${check}`), ...remarks],
  };
  return [written, ...models.map(modelSection), ...(found.remarks!.length > 0 ? [found] : [])];
}

function modelSection({ file, inputs, outputs, irVersion, operatorSets }: ModelSummary): Section {
  const sets = Object.entries(operatorSets).map(([domain, version]) => `${domain} ${version}`);
  const rows = [...inputs.map(valueRow("input")), ...outputs.map(valueRow("output"))];
  return {
    title: file,
    columns: [{ header: "" }, { header: "" }, { header: "" }],
    rows: joinLayers(rows),
    remarks: [`operators: ${sets.join(", ")}; IR version ${irVersion}`],
  };
}

type Row = readonly [role: string, name: string, value: string];

const valueRow =
  (role: string) =>
  (value: Value): Row => [role, value.name, describeValue(value)];

/** `present.3.key` is one of the caches of layer 3. */
const CACHE_NAME = /^(\w+)\.(\d+)\.(?:key|value)$/;

/** One row for the caches of all layers, where the first of them stands. */
function joinLayers(rows: readonly Row[]): readonly Row[] {
  const layers = new Map<string, number>();
  for (const [, name] of rows) {
    const [, stem, layer] = CACHE_NAME.exec(name) ?? [];
    if (stem !== undefined) layers.set(stem, Number(layer));
  }
  return rows.flatMap(([role, name, value]): Row[] => {
    const [, stem, layer] = CACHE_NAME.exec(name) ?? [];
    if (stem === undefined) return [[role, name, value]];
    if (layer !== "0" || name.endsWith("value")) return [];
    return [[role, `${stem}.[0-${layers.get(stem)}].[key, value]`, value]];
  });
}
