import { expect, test } from "@jest/globals";
import { latexTable, markdownTable } from "../../src/layout/table-files.js";
import { right } from "../../src/layout/table.js";

const table = {
  columns: [{ header: "run" }, right("95 % interval")],
  rows: [["mean_f1 | a\\b & <c>", "1 to 2"]],
  remarks: ["as *it* is\nso"],
};

test("Markdown escapes what would end a cell or be markup", () => {
  expect(markdownTable(table)).toBe(
    "| run | 95 % interval |\n| --- | --: |\n| mean\\_f1 \\| a\\\\b & \\<c\\> | 1 to 2 |\n\nas \\*it\\* is␊so\n",
  );
});

test("LaTeX escapes what would be a command, and says remarks as comments", () => {
  expect(latexTable(table)).toBe(
    [
      "% as *it* is␊so",
      "\\begin{tabular}{lr}",
      "\\toprule",
      "run & 95 \\% interval \\\\",
      "\\midrule",
      "mean\\_f1 | a\\textbackslash{}b \\& \\textless{}c\\textgreater{} & 1 to 2 \\\\",
      "\\bottomrule",
      "\\end{tabular}",
      "",
    ].join("\n"),
  );
});
