import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Refusal } from "../dist/src/prompt/jinja/python-error.js";
import { renderJinja } from "../dist/src/prompt/jinja/render.js";
import { PythonSide } from "./python-side.js";

/** Folder of tokenizers that have templates, and how many templates are made. */
const REAL = join(import.meta.dirname, "../../shared/data/tokenizers");
const MADE = 2000;

const COUNTED = ["templates", "renderings", "equal", "errors of both", "refused", "unlike", "errors of one side"];

/**
 * Renderings of chat templates against transformers' Jinja: listed snippets, snippets made of every construct, the real
 * templates beside the checkout and those in MORE_TEMPLATES (folders with *.jinja, separated by colons), each with several
 * conversations.
 */
export async function compareTemplates({ seed, count = MADE, log }) {
  const python = new PythonSide("templates_side.py");
  const tally = Object.fromEntries(COUNTED.map((name) => [name, 0]));
  const { templates } = await python.ask({ listed: true });
  const short = [talk({ turns: ["user", "assistant", "user"], system: true })];
  const questions = [
    ...templates.map((template, index) => ({ name: `listed ${index}`, template, variables: short })),
    ...realTemplates().map((real) => ({ ...real, variables: talks() })),
    ...Array.from({ length: count }, (_, index) => ({
      name: `made ${seed + index}`,
      make: seed + index,
      variables: short,
    })),
  ];
  for (const { name, ...question } of questions) {
    const { template, texts, errors } = await python.ask(question);
    tally.templates++;
    question.variables.forEach((variables, index) => {
      tally.renderings++;
      compareOne(
        { template, variables, text: texts[index], error: errors[index] },
        { tally, report: (line) => log(`${name}: ${line}`) },
      );
    });
  }
  python.end();
  return { tally, unlike: tally.unlike + tally["errors of one side"] };
}

function compareOne({ template, variables, text: expected, error }, { tally, report }) {
  let got;
  let failure;
  try {
    got = renderJinja(template, { tools: null, documents: null, add_generation_prompt: false, ...variables });
  } catch (thrown) {
    failure = thrown;
  }
  const shown = () => JSON.stringify(template).slice(0, 400);
  if (failure === undefined && expected === null) {
    tally["errors of one side"]++;
    report(`transformers alone refuses it (${error}): ${JSON.stringify(got)}: ${shown()}`);
  } else if (failure === undefined) {
    tally[got === expected ? "equal" : "unlike"]++;
    if (got !== expected) report(`${difference(expected, got)}: ${shown()}`);
  } else if (expected === null) tally["errors of both"]++;
  else if (failure instanceof Refusal) {
    tally.refused++;
    report(`refused: ${failure.message}: ${shown()}`);
  } else {
    tally["errors of one side"]++;
    report(`fails here alone: ${failure.message}: ${JSON.stringify(expected)}: ${shown()}`);
  }
}

/** Where two texts part. */
function difference(expected, got) {
  let at = 0;
  while (expected[at] === got[at]) at++;
  const around = (text) => JSON.stringify(text.slice(Math.max(0, at - 30), at + 60));
  return `${around(expected)}, not ${around(got)}`;
}

function realTemplates() {
  const found = [];
  for (const name of existsSync(REAL) ? readdirSync(REAL) : []) {
    const { chat_template: template } = JSON.parse(readFileSync(join(REAL, name, "tokenizer_config.json"), "utf8"));
    if (typeof template === "string") found.push({ name, template });
  }
  for (const folder of (process.env.MORE_TEMPLATES ?? "").split(":").filter((path) => path !== "")) {
    for (const file of readdirSync(folder)
      .filter((path) => path.endsWith(".jinja"))
      .sort()) {
      found.push({ name: basename(file, ".jinja"), template: readFileSync(join(folder, file), "utf8") });
    }
  }
  return found;
}

const TEXTS = ["What is it?\n", "  A dog 🎿.\n\nYes", "<think>\nhm\n</think>\n\nNo é", "Why?"];

/** A tool as it is told to a template; some templates render nothing without one. */
const TOOL = {
  type: "function",
  function: {
    name: "look_up",
    description: "Looks up é",
    parameters: {
      type: "object",
      properties: { word: { type: "string", description: "A <word>" } },
      required: ["word"],
    },
  },
};

/** A conversation and the variables that come with it. */
function talk({ turns, system = false, images = false, parts = images, ask = true, bos = "<s>", tools = null }) {
  const content = (text) => (parts ? [...(images ? [{ type: "image" }] : []), { type: "text", text }] : text);
  const messages = turns.map((role, index) => ({
    role,
    content:
      role === "user"
        ? content(TEXTS[index % TEXTS.length])
        : parts
          ? [{ type: "text", text: TEXTS[1] }]
          : TEXTS[1 + (index % 2)],
  }));
  const first = { role: "system", content: parts ? [{ type: "text", text: "Be brief. " }] : "Be brief. " };
  return {
    messages: system ? [first, ...messages] : messages,
    tools,
    documents: null,
    add_generation_prompt: ask,
    bos_token: bos,
    eos_token: "</s>",
  };
}

const talks = () =>
  [
    ["user"],
    ["user", "assistant", "user"],
    ["user", "assistant", "user", "assistant"],
    ["user", "user"],
    ["assistant", "user"],
  ].flatMap((turns) =>
    [false, true].flatMap((system) =>
      [true, false].flatMap((ask) => [
        talk({ turns, system, ask }),
        talk({ turns, system, ask, tools: [TOOL] }),
        talk({ turns, system, ask, parts: true }),
        talk({ turns, system, ask, images: true }),
      ]),
    ),
  );
