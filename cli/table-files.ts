import type { ResultsTable } from "../src/benchmark/compare/results-table.js";
import { requireTableFormat, tableFileText } from "../src/benchmark/report/table-report.js";
import { checkReportFile, writeReportFile } from "../src/files/report-file.js";

/** Finds out before hours of work whether the files of `--table` can be written. */
export async function checkTableFiles(paths: readonly string[] = []): Promise<void> {
  paths.forEach(requireTableFormat);
  for (const path of paths) await checkReportFile(path);
}

export async function writeTableFiles(paths: readonly string[] = [], table: ResultsTable): Promise<void> {
  for (const path of paths) await writeReportFile(path, tableFileText(path, table));
}
