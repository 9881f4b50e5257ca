import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { cardText, NOT_MEASURED } from "../../src/layout/model-card.js";

const card = {
  title: "adapter for Llama",
  tags: { library_name: "langbridge" },
  toolVersion: "1.0",
  uses: [{ program: "sh", status: "Runs:", language: "sh", lines: ["ls"] }],
  measured: [NOT_MEASURED],
  checks: ["all is finite"],
  remarks: [],
} as const;

/** The block of metadata, as the hub parses it, and the text behind it. */
function read(text: string): { metadata: unknown; head: string; body: string } {
  const [, head, body] = /^---\n(.*?)---\n(.*)$/s.exec(text)!;
  return { metadata: parse(head!), head: head!, body: body! };
}

test("names of repositories are base models, the licence is left to the user", () => {
  const parts = { adapter: "mine", LLM: "meta-llama/Meta-Llama-3-8B", tower: "openai/clip-vit-large-patch14-336" };
  const { metadata, head, body } = read(cardText({ ...card, parts }));
  expect(metadata).toEqual({
    library_name: "langbridge",
    base_model: ["meta-llama/Meta-Llama-3-8B", "openai/clip-vit-large-patch14-336"],
    tags: ["langbridge"],
  });
  expect(head).toContain("# license: yours to name");
  expect(body).toContain("## Measured\n\n- No benchmark was run on this folder.");
  expect(body).not.toContain("## To know");
});

test("folders of a machine are no base models, and their names end no line of metadata", () => {
  const { metadata, head } = read(cardText({ ...card, parts: { LLM: "odd\nlicense: mit", adapter: "a/b/c" } }));
  expect(metadata).toEqual({ library_name: "langbridge", tags: ["langbridge"] });
  expect(head).toContain("# base_model: the repositories of odd␊license: mit, a/b/c");
});
