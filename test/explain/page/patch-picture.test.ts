import { describe, expect, test } from "@jest/globals";
import type { PatchTokens } from "../../../src/explain/patch-tokens.js";
import { patchPicture } from "../../../src/explain/page/patch-picture.js";
import type { SourceToken } from "../../../src/vocabulary/source-token.js";

const token = (string: string): SourceToken => ({ string, kind: "text", roles: [] });
const view = {
  tokens: [token("Ġcat"), token("<script>alert(1)</script>"), token("\u001b[31m"), token("x".repeat(60))],
};
const patch = (...rows: number[]): PatchTokens => ({ tokens: rows.map((row, i) => ({ row, weight: 1 / (i + 1) })) });

function draw(rows: number, columns: number, patches: readonly PatchTokens[]): string {
  const grid = { rows, columns, patchSize: 10, classToken: false };
  const size = { width: 10 * columns + 4, height: 10 * rows + 4 };
  return patchPicture(patches, { size, grid, view, picture: "<image/>" });
}

const positions = (svg: string): string[] => [...svg.matchAll(/translate\(([^)]*)\)/g)].map(([, at]) => at!);

describe("patchPicture", () => {
  test("lays patches out row by row on a grid that is not square, beside pixels that are in no patch", () => {
    const svg = draw(
      2,
      3,
      Array.from({ length: 6 }, () => patch(0)),
    );
    const side = (960 / 34) * 10;
    const [x, y] = [(i: number) => Number((i * side).toFixed(2)), (i: number) => Number((i * side).toFixed(2))];
    expect(positions(svg)).toEqual([0, 1].flatMap((row) => [0, 1, 2].map((column) => `${x(column)} ${y(row)}`)));
    expect(svg).toContain(`viewBox="0 0 960 ${Number(((960 / 34) * 24).toFixed(2))}"`);
  });

  test("names every token of a patch in its tooltip, with the residual", () => {
    const svg = draw(1, 1, [{ ...patch(0, 3), residual: 0.25, negative: 0.5 }]);
    expect(svg).toContain(
      `<title>column 1, row 1\nĠcat 1.00\n${"x".repeat(60)} 0.50\nresidual 0.25\nnegative 0.50</title>`,
    );
  });

  test("escapes tokens and makes control characters visible", () => {
    const svg = draw(1, 1, [patch(1, 2)]);
    expect(svg).not.toContain("<script>");
    expect(svg).toContain("&lt;script&gt;");
    expect(svg).not.toContain("\u001b");
    expect(svg).toContain("␛[31m");
  });

  test("writes several tokens on large patches, one on small ones, and none that does not fit", () => {
    const lines = (svg: string): number => [...svg.matchAll(/<tspan/g)].length;
    expect(lines(draw(1, 1, [patch(0, 2)]))).toBe(2);
    const many = (row: number): string =>
      draw(
        24,
        24,
        Array.from({ length: 576 }, () => patch(row, 2)),
      );
    expect(lines(many(0))).toBe(576);
    expect(lines(many(3))).toBe(0);
    expect(many(3)).toContain("x".repeat(60)); // In the tooltip.
    expect(draw(1, 1, [patch()])).not.toContain("<text");
  });
});
