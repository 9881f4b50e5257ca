import { describe, expect, test } from "@jest/globals";
import { escapeHtml, htmlPage, sectionsAsHtml } from "../../src/layout/html.js";
import { sectionsAsText, type Section } from "../../src/layout/sections.js";

const sections: Section[] = [
  {
    title: "Overlap",
    columns: [{ header: "token" }, { header: "share", align: "right" }],
    rows: [
      ["<script>alert('1')</script>", { share: 0.25 }],
      ["&", { share: 0 }],
    ],
    remarks: ['of "all" tokens'],
  },
  { columns: [], rows: [], remarks: ["note: <b>"] },
];

describe("sectionsAsText", () => {
  test("prints title, table and remarks", () => {
    expect(sectionsAsText(sections)).toBe(
      [
        "Overlap",
        "token                         share",
        "───────────────────────────  ──────",
        "<script>alert('1')</script>  25.0 %",
        "&                             0.0 %",
        'of "all" tokens',
        "",
        "note: <b>",
      ].join("\n"),
    );
  });

  test("has colours only where asked for", () => {
    expect(sectionsAsText(sections)).not.toContain("\x1b");
    expect(sectionsAsText(sections, { colour: true })).toContain("\x1b[1mOverlap\x1b[22m");
  });
});

describe("HTML", () => {
  const page = htmlPage("<a> & 'b'", sectionsAsHtml(sections));

  test("escapes every text, a token like <script> included", () => {
    expect(page).toContain("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    expect(page).toContain("<title>&lt;a&gt; &amp; &#39;b&#39;</title>");
    expect(page).toContain("<p>note: &lt;b&gt;</p>");
    expect(page).not.toMatch(/<script|<b>/);
    expect(escapeHtml(`<>&"'`)).toBe("&lt;&gt;&amp;&quot;&#39;");
  });

  test("needs no other file: no link, source or import", () => {
    expect(page).not.toMatch(/\b(?:src|href)=|@import|url\(/);
    expect(page).toContain("default-src 'none'");
  });

  test("draws shares as bars, none for zero", () => {
    expect(page).toContain(
      '<td class="right">25.0 %<svg class="bar" width="100%" height="5"><rect width="25.0%" height="5"/></svg></td>',
    );
    expect(page).toContain('<td class="right">0.0 %</td>');
  });
});
