import { renderChatTemplate } from "../../../dist/src/prompt/chat-template.js";
import { readJson, WORLD } from "../files.js";
import { mutateText } from "../mutate.js";

/** Pieces of templates: what real ones are made of, and what attackers try. */
const PIECES = [
  "{% for m in messages %}{{ m['role'] }}{{ m.content }}{% endfor %}", "{{ bos_token }}", "{% if add_generation_prompt %}x{% endif %}", "{%- set ns = namespace(x=0) -%}", "{% set ns.x = ns.x + 1 %}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1) }}", "{{ messages | length }}", "{{ raise_exception('no') }}",
  "{{ messages[0]['content'].split('\\n')[0] }}", "{% generation %}x{% endgeneration %}", "{{ strftime_now('%d %b') }}", "{{ range(3) | list }}", "{{ 1 / 0 }}", "{{ 'a' * 5 }}", "{{ 'a' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ messages[5].x.y }}", "{% call f() %}x{% endcall %}", "{% filter upper %}x{% endfilter %}",
  "{{ messages | tojson(indent=2) }}", "{# comment #}", "{% break %}", "{% continue %}", "{{ none.x }}", "{{ namespace.__proto__ }}", "{{ ''.constructor.constructor('return process.exit(7)')() }}", "{{ messages.__proto__.polluted }}", "{{ range.constructor('return 7')() }}", "{{ self }}", "{{ loop.index }}",
  "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "{% for i in range(1000000000) %}{% endfor %}", "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
  "{% macro f(a) %}{{ f(a) }}{% endmacro %}{{ f(1) }}", "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join(',') }}", "{{ messages[::-1][0] }}", "{{ messages[1:] }}", "{{ '%s' | format(1) }}", "{{ 'abc'[9] }}", "{{ x is defined and x is not none }}", "{{ messages | items }}", "{{ {'a': 1} | dictsort }}",
  "{{ 1 if true else 2 }}", "{{ 2 ** 100 }}", "{{ 10 // 3 % 2 }}", "{{ not true or false }}", "{{ 'x' in messages }}", "{% if", "{{", "%}", "{% else %}", "{% endfor %}", "{%- raw -%}{{ x }}{%- endraw -%}",
]; // prettier-ignore

/** A template costs 1.5 s when it loops without end: fewer of those. */
const ENDLESS = /100000|1000000000|range\(99\)|f\(a\)/;

export function makeTemplates() {
  const real = ["llama2", "llama3", "qwen2"].map(
    (name) => readJson(WORLD, name, "tokenizer_config.json").chat_template,
  );
  const quick = PIECES.filter((piece) => !ENDLESS.test(piece));
  const messages = [
    { role: "system", text: "Answer." },
    { role: "user", text: "<image>\nWhat is it?" },
  ];
  return (random) => {
    const pieces = random.chance(0.01) ? PIECES : quick;
    let source = random.way(
      () => random.pick(real),
      () => random.many(1 + random.below(6), () => random.pick(pieces)).join(random.pick(["", "\n", " "])),
      () => {
        const open = random.pick(["{% if true %}", "{% for a in messages %}", "{{ (", "{{ [", "{{ not "]);
        return open.repeat(random.pick([3, 500, 20_000]));
      },
    );
    for (let times = random.below(3); times > 0; times--)
      source = random.chance(0.5)
        ? mutateText(random, source)
        : source.replace(/messages/, random.pick(["bos_token", "5", "none", "''"]));
    const template = { path: "chat_template.jinja", source, specialTokens: { bos_token: "<s>" } };
    const given = renderChatTemplate(template, random.chance(0.5) ? messages : messages.slice(1), {
      imagesApart: random.chance(0.3),
    });
    if (typeof given !== "string") throw new Error(`a template gave ${typeof given}`);
    if ({}.polluted !== undefined) throw new Error("a template changed the prototype of all objects");
  };
}
