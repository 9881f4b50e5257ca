import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { llamaCppTemplate, llavaTemplate } from "../../../src/export/transformers/llava-template.js";
import { loadChatTemplate } from "../../../src/prompt/chat-template.js";
import { renderJinja } from "../../../src/prompt/jinja/render.js";
import { FAMILIES, WORLD } from "../../helpers/small-world.js";

const variables = { bos_token: "<s>", eos_token: "</s>", add_generation_prompt: true };
const render = (source: string, messages: readonly object[], more = {}): string =>
  renderJinja(source, { ...variables, ...more, messages });

const [image, said] = [{ type: "image" }, { type: "text", text: "Is it red?" }];
const joined = "<image>\nIs it red?";

describe.each(FAMILIES)("the template of %s with images", (family) => {
  const pair = async () => {
    const own = (await loadChatTemplate(join(WORLD, family)))!.source;
    return { own, source: llavaTemplate(own, "plain").source };
  };

  test("writes of parts what the LLM's own writes of the text they stand for", async () => {
    const { own, source } = await pair();
    const expected = render(own, [{ role: "user", content: joined }]);
    expect(expected).toContain(joined);
    for (const content of [joined, [image, said], [said, image], [said, { type: "image_url", image_url: {} }]]) {
      expect(render(source, [{ role: "user", content }])).toBe(expected);
    }
  });

  test("leaves messages that are texts alone, and joins what a message says", async () => {
    const { own, source } = await pair();
    const talk = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "One?" },
      { role: "assistant", content: "Two." },
      { role: "user", content: "Three?" },
    ];
    expect(render(source, talk)).toBe(render(own, talk));
    const parts = [image, image, { type: "text", text: "Which " }, { type: "text", text: "is older?" }];
    expect(render(source, [{ role: "user", content: parts }])).toBe(
      render(own, [{ role: "user", content: "<image>\n<image>\nWhich is older?" }]),
    );
  });
});

describe.each(FAMILIES)("the template of %s for llama.cpp", (family) => {
  test("writes the prompt of LLaVA around a marker, be it a part of its own or in a text, and leaves all else alone", async () => {
    const own = (await loadChatTemplate(join(WORLD, family)))!.source;
    const source = llamaCppTemplate(own);
    for (const marker of [
      { type: "text", text: "<__media__>" }, // llama-cpp-python
      { type: "media_marker", text: "<__media_x7__>" }, // llama-server
    ]) {
      const expected = render(own, [{ role: "user", content: `${marker.text}\nIs it red?` }]);
      expect(expected).toContain(`${marker.text}\nIs it red?`);
      for (const content of [[marker, said], [said, marker], `${marker.text}\nIs it red?`]) {
        expect(render(source, [{ role: "user", content }])).toBe(expected);
      }
    }
    const talk = [{ role: "user", content: "One?" }, { role: "assistant", content: null }, { role: "assistant" }];
    const echo = "{%- for message in messages %}{{ message['content'] }}|{%- endfor %}";
    expect(render(llamaCppTemplate(echo), talk)).toBe(render(echo, talk));
    // llama.cpp tries an empty list, which the LLM's own would not join.
    expect(render(source, [{ role: "user", content: [] }])).toBe(render(own, [{ role: "user", content: "" }]));
  });
});

test("an LLM without a template speaks as LLaVA 1.5, with its BOS where it has one", () => {
  const { source, origin } = llavaTemplate(undefined, "plain");
  expect(origin).toBe("LLaVA 1.5's (USER: ... ASSISTANT:), for the LLM has none");
  const asked = { role: "user", content: [image, said] };
  expect(render(source, [asked])).toBe(`<s>USER: ${joined} ASSISTANT:`);
  const talk = [{ role: "system", content: "S." }, asked, { role: "assistant", content: "Yes." }, asked];
  expect(render(source, talk, { bos_token: null, add_generation_prompt: false })).toBe(
    `S. USER: ${joined} ASSISTANT: Yes.</s>USER: ${joined} `,
  );
});

test("a template that begins with white space keeps what of it was written", () => {
  for (const own of ["\n  hello", "  {% if true %}yes{% endif %}", "{%- if true %}\n yes{% endif %}"]) {
    expect(render(llavaTemplate(own, "plain").source, [])).toBe(render(own, []));
  }
});

test("images stand between their own tokens where the adapter was trained with them", () => {
  const { source } = llavaTemplate(undefined, "startEnd");
  expect(render(source, [{ role: "user", content: [image, said] }])).toContain("<im_start><image><im_end>\nIs it red?");
});
