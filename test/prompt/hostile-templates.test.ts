import { describe, expect, test } from "@jest/globals";
import { InputError } from "../../src/errors.js";
import { renderChatTemplate } from "../../src/prompt/chat-template.js";

/** Without the deadline of 1.5 s a template takes hours; the rest is for a machine that does much else. */
const PATIENCE_MS = 30_000;

const NESTED = "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}";

describe("a chat template that", () => {
  test.each([
    ["loops within loops", NESTED, /t\.jinja: the chat template took more than 1\.5 s; name a conversation instead$/],
    ["makes a long range", "{{ range(1000000000) | length }}", /range of 1000000000 numbers, at most 100000 are made;/],
    [
      "loops over a range without end",
      "{% for i in range(99999999999) %}{% endfor %}",
      /range of 99999999999 numbers, at most/,
    ],
    [
      "is nested deeply",
      "{% if true %}".repeat(20_000) + "{% endif %}".repeat(20_000),
      /the chat template cannot be used/,
    ],
    ["nests brackets deeply", `{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`, /the chat template cannot be used/],
  ])("%s is refused in time", (_what, source, message) => {
    const start = performance.now();
    const template = { path: "t.jinja", source, specialTokens: {} };
    const render = (): string => renderChatTemplate(template, [{ role: "user", text: "Hello" }]);
    expect(render).toThrow(InputError);
    expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
    expect(render).toThrow(message);
  });
});
