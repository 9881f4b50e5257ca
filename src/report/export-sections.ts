import type { ExportReport, ModelSummary } from "../export/format.js";
import { describeValue, type Value } from "../onnx/graph.js";
import { sectionsAsText, type Section } from "./sections.js";
import { count, printable } from "./table.js";

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
  return {
    columns: [{ header: file }, { header: "name" }, { header: "type and shape" }],
    rows: [...inputs.map(valueRow("input")), ...outputs.map(valueRow("output"))],
    remarks: [`operators: ${sets.join(", ")}; IR version ${irVersion}`],
  };
}

const valueRow = (role: string) => (value: Value) => [role, value.name, describeValue(value)];
