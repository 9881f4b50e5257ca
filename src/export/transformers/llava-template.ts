import { questionAboutImage, type ImageMarking } from "../../prompt/question.js";

/** The template of a model and how it came about, for the report. */
export interface LlavaTemplate {
  readonly source: string;
  readonly origin: string;
}

/**
 * The chat template of a LLaVA model: the LLM's own, which joins strings, behind a preamble that makes strings of lists of parts,
 * images first and each followed by a line break, as LLaVA was trained. An LLM without a template gets that of LLaVA 1.5.
 */
export function llavaTemplate(own: string | undefined, marking: ImageMarking): LlavaTemplate {
  const origin =
    own === undefined
      ? "LLaVA 1.5's (USER: ... ASSISTANT:), for the LLM has none"
      : "the LLM's own, with images before the text of their message";
  return { source: preamble(questionAboutImage("", marking)) + (own ?? DEFAULT_TEMPLATE), origin };
}

/** Ends with a line break, which transformers takes off behind a block: the template after it begins a line, as it did alone. */
const preamble = (image: string): string =>
  [
    "{%- set plain = namespace(messages=[]) -%}",
    "{%- for message in messages -%}",
    "{%- if message['content'] is string or not message['content'] -%}",
    "{%- set plain.messages = plain.messages + [message] -%}",
    "{%- else -%}",
    "{%- set parts = namespace(images='', text='') -%}",
    "{%- for part in message['content'] -%}",
    `{%- if part['type'] in ['image', 'image_url'] -%}{%- set parts.images = parts.images + ${quoted(image)} -%}`,
    "{%- elif part['type'] == 'text' -%}{%- set parts.text = parts.text + part['text'] -%}",
    "{%- endif -%}",
    "{%- endfor -%}",
    "{%- set plain.messages = plain.messages + [{'role': message['role'], 'content': parts.images + parts.text}] -%}",
    "{%- endif -%}",
    "{%- endfor -%}",
    "{%- set messages = plain.messages %}",
    "",
  ].join("\n");

/** A Jinja string; what stands in it are markers and line breaks. */
const quoted = (text: string): string => `'${text.replaceAll("\n", "\\n")}'`;

/** LLaVA 1.5's, for an LLM that has none. */
export const DEFAULT_TEMPLATE =
  "{%- if bos_token %}{{ bos_token }}{% endif %}" +
  "{%- for message in messages %}" +
  "{%- if message['role'] == 'user' %}{{ 'USER: ' + message['content'] + ' ' }}" +
  "{%- elif message['role'] == 'assistant' %}{{ 'ASSISTANT: ' + message['content'] + eos_token }}" +
  "{%- else %}{{ message['content'] + ' ' }}{%- endif %}" +
  "{%- endfor %}" +
  "{%- if add_generation_prompt %}{{ 'ASSISTANT:' }}{%- endif %}";
