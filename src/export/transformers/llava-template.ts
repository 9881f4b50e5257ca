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
  const image = quoted(questionAboutImage("", marking));
  const parts = preamble({
    isPlain: "message['content'] is string or not message['content']",
    isImage: "part['type'] in ['image', 'image_url']",
    image,
  });
  return { source: parts + (own ?? DEFAULT_TEMPLATE), origin };
}

/**
 * The chat template of an LLM's GGUF file: as above, for what llama.cpp and its bindings put in the place of an image, which is a part
 * with a marker as its text. Strings stay as they are. An empty list counts as a list: llama.cpp tries the template with one, and joins
 * parts without the line break where it fails.
 */
export function llamaCppTemplate(own: string | undefined): string {
  const parts = preamble({
    isPlain: "message['content'] is string or message['content'] is none or message['content'] is undefined",
    isImage: `part['type'] == 'media_marker' or part['text'] == '${MEDIA_MARKER}'`,
    image: "part['text'] + '\\n'",
  });
  return parts + (own ?? DEFAULT_TEMPLATE);
}

/** llama.cpp's default marker, which llama-cpp-python gives as the text of a part. Source: mtmd_default_marker, tools/mtmd/mtmd.h. */
const MEDIA_MARKER = "<__media__>";

interface Preamble {
  /** Jinja conditions of a message that is left as it is, and of a part that is an image; and what is written for it. */
  readonly isPlain: string;
  readonly isImage: string;
  readonly image: string;
}

/** Ends with a line break, which transformers takes off behind a block: the template after it begins a line, as it did alone. */
const preamble = ({ isPlain, isImage, image }: Preamble): string =>
  [
    "{%- set plain = namespace(messages=[]) -%}",
    "{%- for message in messages -%}",
    `{%- if ${isPlain} -%}`,
    "{%- set plain.messages = plain.messages + [message] -%}",
    "{%- else -%}",
    "{%- set parts = namespace(images='', text='') -%}",
    "{%- for part in message['content'] -%}",
    `{%- if ${isImage} -%}{%- set parts.images = parts.images + ${image} -%}`,
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
const DEFAULT_TEMPLATE =
  "{%- if bos_token %}{{ bos_token }}{% endif %}" +
  "{%- for message in messages %}" +
  "{%- if message['role'] == 'user' %}{{ 'USER: ' + message['content'] + ' ' }}" +
  "{%- elif message['role'] == 'assistant' %}{{ 'ASSISTANT: ' + message['content'] + eos_token }}" +
  "{%- else %}{{ message['content'] + ' ' }}{%- endif %}" +
  "{%- endfor %}" +
  "{%- if add_generation_prompt %}{{ 'ASSISTANT:' }}{%- endif %}";
