import { cardText, NOT_MEASURED } from "../../layout/model-card.js";
import { count, percent } from "../../layout/numbers.js";
import { distilCommand, measureCommands } from "./measure-commands.js";
import type { TransferReport } from "./report.js";

/** The model card of a transferred adapter. It holds no path of a machine: folders have the names that others give them. */
export function adapterCard(report: TransferReport): string {
  const { adapter, target, align, coverage, toolVersion, options } = report;
  const settings = Object.entries(align.settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  );
  const { rows } = coverage;
  const folders = { adapter: adapter.name, target: target.name, output: "." };
  return cardText({
    title: `${adapter.name} for ${target.name}`,
    tags: { library_name: "langbridge", pipeline_tag: "image-text-to-text" },
    parts: { adapter: adapter.name, LLM: target.name },
    toolVersion,
    made: [
      `\`langbridge transfer\` kept the adapter's weights and made its vectors for ${target.name}, without training`,
      `method: ${[align.method, ...settings].join(", ")} (${align.reason})`,
      ...(options.missing === undefined ? [] : [`tokens that the target lacks: ${options.missing}`]),
      `of ${count(adapter.rows)} rows ${percent(rows.exact)} exact, ${percent(rows.approximated)} approximated, ${percent(rows.dropped)} dropped; transfer_report.json lists them`,
    ],
    uses: [
      {
        program: "langbridge",
        status: "With the LLM and the vision tower that the adapter was trained with:",
        language: "sh",
        lines: [
          `langbridge ask photo.jpg "What is this?" --adapter . --llm ${target.name} --vision VISION_TOWER`,
          distilCommand(folders),
        ],
      },
    ],
    measured: [
      NOT_MEASURED,
      `These commands measure it: ${measureCommands(folders)
        .map((line) => `\`${line}\``)
        .join(", then ")}`,
    ],
    checks: report.checks,
    remarks: report.warnings,
  });
}
