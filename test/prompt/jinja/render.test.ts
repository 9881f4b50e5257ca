import { describe, expect, test } from "@jest/globals";
import { PythonError, Refusal } from "../../../src/prompt/jinja/python-error.js";
import { renderJinja } from "../../../src/prompt/jinja/render.js";
import { readGoldens } from "../prompt-goldens.js";

interface TemplateGoldens {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Templates and what transformers makes of them; null where it refuses them. */
  readonly cases: readonly (readonly [string, string | null])[];
}

const { variables, cases } = readGoldens<TemplateGoldens>("templates.json");
const render = (template: string): string => renderJinja(template, variables);

/** What transformers renders, and this interpreter names instead. */
const REFUSED: readonly string[] = [
  "{{ {'items': 1}.items }}",
  "{{ none[1:] }}",
  "{{ {'a': 1}[1:] }}",
  "{{ 'abc'['a':] }}",
  "{{ ''.__class__ }}",
  "{{ [1, 2]|select }}",
  "{{ [1, 2]|reverse }}",
  "{{ lipsum() }}",
  "{% raw %}",
  "{% block a %}x{% endblock %}",
];

describe("renderJinja", () => {
  const written = cases.filter(([template, text]) => text !== null && !REFUSED.includes(template));

  test("goldens cover every construct", () => {
    expect([written.length > 200, cases.length - written.length > 70]).toEqual([true, true]);
  });

  test.each(written)("%j is rendered as transformers does", (template, text) => {
    expect(render(template)).toBe(text);
  });

  test.each(cases.filter(([, text]) => text === null))("%j is an error, as in transformers", (template) => {
    let thrown: unknown;
    try {
      render(template);
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof PythonError || thrown instanceof Refusal).toBe(true);
  });

  test.each(REFUSED)("%j is refused by name", (template) => {
    expect(cases.find(([other]) => other === template)?.[1]).not.toBeUndefined();
    expect(() => render(template)).toThrow(Refusal);
  });

  test.each([
    ["{{ messages[0].nothing.x }}", "'dict object' has no attribute 'nothing'"],
    ["{{ nothing + 1 }}", "'nothing' is undefined"],
    ["{{ raise_exception('told') }}", "told"],
    ["a\n{% if true %}", "expected {% elif %} or {% else %} or {% endif %}, got the end of the template (line 2)"],
    ["{{ 1|nosuch }}", 'there is no filter "nosuch", got "}}" (line 1)'],
    ["{{ 'x'|urlize }}", 'the filter "urlize" is not supported'],
    ["{{ [].append(1) }}", "access to attribute 'append' of 'list' object is unsafe."],
  ])("%j says %j", (template, message) => {
    expect(() => render(template)).toThrow(message);
  });
});

describe("a template's means have limits", () => {
  const greedy: readonly (readonly [string, string])[] = [
    ["{{ 'x' * 10 ** 9 }}", "64 million characters"],
    ["{{ 'x'.ljust(10 ** 9) }}", "64 million characters"],
    ["{{ '%999999999d' % 1 }}", "64 million characters"],
    ["{{ [0] * 10 ** 9 }}", "64 million characters"],
    ["{% set ns = namespace(t='xx') %}{% for i in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}", "64 million"],
    ["{% set ns = namespace(t=[1]) %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}", "64 million"],
    ["{{ range(10 ** 9) }}", "range of 1000000000 numbers"],
    ["{{ 9 ** (9 ** 9) }}", "more than 8192 bits"],
    ["{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "calls itself without end"],
    [`{{ ${"(".repeat(100_000)}1${")".repeat(100_000)} }}`, "nested too deep"],
  ];
  test.each(greedy.map(([template, message]) => [template.slice(0, 60), message, template] as const))(
    "%s ends: %s",
    (_, message, template) => {
      const start = performance.now();
      expect(() => render(template)).toThrow(message);
      expect(performance.now() - start).toBeLessThan(20_000);
    },
  );
});
