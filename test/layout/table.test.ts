import { describe, expect, test } from "@jest/globals";
import stringWidth from "string-width";
import { count, percent } from "../../src/layout/numbers.js";
import { formatTable, printable, TABLE_WIDTH, visible, wrap } from "../../src/layout/table.js";

describe("formatTable", () => {
  test("aligns columns by what a terminal shows, wide characters included", () => {
    const table = formatTable(
      [{ header: "token" }, { header: "rows", align: "right" }],
      [
        ["東京", "7"],
        ["the", "12"],
      ],
    );
    expect(table.split("\n")).toEqual(["token  rows", "─────  ────", "東京      7", "the      12"]);
  });

  test("cuts the widest text column so that no line passes the limit", () => {
    const table = formatTable([{ header: "a" }, { header: "b" }], [["x".repeat(90), "y".repeat(30)]]);
    const widths = table.split("\n").map((line) => stringWidth(line));
    expect(Math.max(...widths)).toBe(TABLE_WIDTH);
    expect(table).toContain("x…");
    expect(table).toContain("y".repeat(30));
  });

  test("cuts two long text columns alike, and what is short not at all", () => {
    const columns = [
      { header: "a".repeat(90) },
      { header: "n", align: "right" as const },
      { header: "b".repeat(60) },
      { header: "short" },
    ];
    const [header, , line] = formatTable(columns, [["left", "1.25", "right", "kept"]]).split("\n");
    expect(header).toBe(`${"a".repeat(41)}…     n  ${"b".repeat(42)}…  short`);
    expect(line).toContain("  right");
  });

  test("shows control characters in cells and headers, and measures them as shown", () => {
    const table = formatTable([{ header: "id\u001b[2J" }, { header: "n" }], [["a\nb\u202e", "1"]]);
    expect(table.split("\n")).toEqual(["id␛[2J       n", "───────────  ─", "a␊b<U+202E>  1"]);
  });

  test("prints no header line when no column has a header", () => {
    expect(formatTable([{ header: "" }, { header: "" }], [["rows", "3"]])).toBe("rows  3");
  });
});

describe("cells", () => {
  test("a share that is not zero never prints as zero", () => {
    expect([percent(0), percent(0.0001), percent(0.12345), percent(1)]).toEqual([
      "0.0 %",
      "<0.1 %",
      "12.3 %",
      "100.0 %",
    ]);
  });

  test("thousands are parted the same everywhere", () => {
    expect(count(1234567)).toBe("1,234,567");
  });

  test("spaces, control characters and direction marks are shown, not obeyed", () => {
    expect(visible(" the\n\u001b[31m\u202e\u0085")).toBe("␣the␊␛[31m<U+202E><U+0085>");
  });

  test("a line keeps its spaces, and what was made visible before stays as it is", () => {
    expect(printable("a b\r\u009b31m")).toBe("a b␍<U+009B>31m");
    expect(printable(visible(" the\n\u0085"))).toBe("␣the␊<U+0085>");
  });

  test("a sentence is broken by its width alone, never by what it quotes", () => {
    expect(wrap("missing: a\nb\u001b[31mX.png")).toBe("missing: a␊b␛[31mX.png");
  });
});
