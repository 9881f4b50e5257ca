import { z } from "zod";
import { withinDeadline } from "../deadline.js";
import { InputError } from "../errors.js";
import { checkJson } from "../files/check-json.js";
import { fileOf, modelFiles, type ModelFiles } from "../files/model-files.js";
import { readSpecialTokens } from "../vocabulary/special-files.js";
import { renderJinja } from "./jinja/render.js";
import { IMAGE_MARKER, type Message } from "./prompt.js";

/** A tokenizer's own chat template, with the special tokens that it may write. */
export interface ChatTemplate {
  /** The file that holds it. */
  readonly path: string;
  readonly source: string;
  /** Such as bos_token and eos_token; a token that the tokenizer does not declare is absent. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

const configFields = z.looseObject({
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
});

const processorTemplate = z.looseObject({ chat_template: z.string() });

/**
 * Reads the chat template of a tokenizer or processor folder: chat_template.jinja, else chat_template.json (older processors),
 * else `chat_template` of tokenizer_config.json, which is one template or a list of named ones, of which "default" is taken.
 * Undefined when the folder has none.
 */
export async function loadChatTemplate(folder: string | ModelFiles): Promise<ChatTemplate | undefined> {
  const files = modelFiles(folder);
  const configPath = fileOf(files, "tokenizer_config.json");
  const config = (await files.has("tokenizer_config.json"))
    ? checkJson(configFields, (await files.readJson("tokenizer_config.json")).json, configPath)
    : {};
  const { named } = await readSpecialTokens(files);
  const specialTokens = Object.fromEntries(Object.entries(named).map(([role, token]) => [`${role}_token`, token]));
  if (await files.has("chat_template.jinja")) {
    const path = fileOf(files, "chat_template.jinja");
    return { path, source: await files.readText("chat_template.jinja"), specialTokens };
  }
  if (await files.has("chat_template.json")) {
    const path = fileOf(files, "chat_template.json");
    const { json } = await files.readJson("chat_template.json");
    return { path, source: checkJson(processorTemplate, json, path).chat_template, specialTokens };
  }
  const source = defaultTemplate(config.chat_template, configPath);
  return source === undefined ? undefined : { path: configPath, source, specialTokens };
}

function defaultTemplate(template: z.infer<typeof configFields>["chat_template"], path: string): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  const found = template.find(({ name }) => name === "default");
  if (found !== undefined) return found.template;
  const names = template.map(({ name }) => JSON.stringify(name)).join(", ");
  throw new InputError(`${path}: "chat_template" has no template named "default", only ${names || "an empty list"}`);
}

/**
 * How long a template may take. Real ones take some milliseconds. It is short enough for a signal that comes meanwhile to end the
 * command within two seconds.
 */
const DEADLINE_MS = 1500;

/**
 * Writes messages and the start of the assistant's next one, as transformers' `apply_chat_template` does. With
 * `imagesApart` a message is a list of its images and its text, as processors give it, instead of a string.
 *
 * @throws InputError with the template's own message when it refuses the messages, when it is damaged or not
 * supported, or when it takes longer than 1.5 s
 */
export function renderChatTemplate(
  template: ChatTemplate,
  messages: readonly Message[],
  { imagesApart = false }: { readonly imagesApart?: boolean } = {},
): string {
  try {
    const variables = {
      ...template.specialTokens,
      messages: messages.map(({ role, text }) => ({ role, content: imagesApart ? partsOf(text) : text })),
      // Templates ask whether these are none, which a variable that is not there is not.
      tools: null,
      documents: null,
      add_generation_prompt: true,
    };
    return withinDeadline(() => renderJinja(template.source, variables), {
      milliseconds: DEADLINE_MS,
      message: `${template.path}: the chat template took more than ${DEADLINE_MS / 1000} s; name a conversation instead`,
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = String((error as Error).message).split("\n", 1)[0];
    throw new InputError(`${template.path}: the chat template cannot be used: ${why}; name a conversation instead`, {
      cause: error,
    });
  }
}

/**
 * LLaVA's "image, line break, question" as the parts that a processor takes. An image inside of the text stays in it as its mark, because
 * templates write a message's images before its text.
 */
function partsOf(text: string): readonly { readonly type: string; readonly text?: string }[] {
  const front = FRONT_IMAGES.exec(text)![0];
  const images = front.split(IMAGE_MARKER).length - 1;
  return [
    ...Array.from({ length: images }, () => ({ type: "image" })),
    { type: "text", text: text.slice(front.length) },
  ];
}

const FRONT_IMAGES = new RegExp(`^(?:${IMAGE_MARKER}\\n?)*`);
