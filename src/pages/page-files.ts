import { checkReportFile, writeReportFile } from "../files/report-file.js";

/** A page, and its data for other software. */
export interface PageFiles {
  readonly html: string;
  /** What the data are, for the names of their files. */
  readonly what: "questions" | "tokens";
  readonly json: string;
  readonly csv: string;
}

/** The files beside report.html: report.questions.json and report.questions.csv. */
const filesBeside = (path: string, what: PageFiles["what"]): readonly [json: string, csv: string] => {
  const stem = path.replace(/\.html?$/i, "");
  return [`${stem}.${what}.json`, `${stem}.${what}.csv`];
};

/**
 * Finds out before any work whether a page and the files beside it can be written.
 *
 * @throws what `writePageFiles` throws
 */
export async function checkPageFiles(path: string, what: PageFiles["what"]): Promise<void> {
  const { way } = await checkReportFile(path);
  if (way === "file") for (const file of filesBeside(path, what)) await checkReportFile(file);
}

/**
 * Writes a page to a file that the user named, and its data beside it as JSON and CSV. A pipe or a device takes the page alone.
 *
 * @throws what `writeReportFile` throws
 */
export async function writePageFiles(path: string, { html, what, json, csv }: PageFiles): Promise<void> {
  const { way } = await checkReportFile(path);
  if (way === "file") {
    const [jsonPath, csvPath] = filesBeside(path, what);
    await writeReportFile(jsonPath, json);
    await writeReportFile(csvPath, csv);
  }
  await writeReportFile(path, html);
}
