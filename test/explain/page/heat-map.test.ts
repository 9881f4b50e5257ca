import { describe, expect, test } from "@jest/globals";
import { heatMap } from "../../../src/explain/page/heat-map.js";

const patches = [1, -0.5, 0, 0.01, 1, 0.5].map((weight) => ({ tokens: weight === 0 ? [] : [{ row: 7, weight }] }));
const grid = { rows: 2, columns: 3, patchSize: 14, classToken: false };

describe("heatMap", () => {
  test("draws where a token is in shades of its weight, one path a shade", () => {
    const svg = heatMap(patches, grid, { row: 7, label: "a", largest: 1 });
    expect(svg).toContain('viewBox="0 0 3 2"');
    expect([...svg.matchAll(/<path class="(\w+)" d="([^"]*)"/g)].map(([, shade, path]) => [shade, path])).toEqual([
      ["h1", "M0 1h1v1h-1z"],
      ["h4", "M2 1h1v1h-1z"],
      ["h8", "M0 0h1v1h-1zM1 1h1v1h-1z"],
      ["n4", "M1 0h1v1h-1z"],
    ]);
  });

  test("is empty for a token that no patch shows, and escapes its label", () => {
    const svg = heatMap(patches, grid, { row: 8, label: '<b>"', largest: 1 });
    expect(svg).not.toContain("<path");
    expect(svg).toContain("<figcaption>&lt;b&gt;&quot;</figcaption>");
  });
});
