import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { z } from "zod";
import { InputError, InterruptedError, LangbridgeError, UnavailableError } from "../errors.js";
import { checkOptions } from "../files/check-json.js";
import { IMAGE_MARKER } from "../prompt/prompt.js";
import { encodePng } from "../image/encode-png.js";
import { solidImage } from "../image/rgb-image.js";
import { imageFormat } from "../image/image-format.js";
import { timed } from "../timed.js";
import type { Answerer, GivenAnswer, ImageContext } from "./answerer.js";
import type { LoadedAnswerer } from "./load-answerer.js";

export interface EndpointOptions {
  /** Address of an OpenAI-compatible server, up to its version: `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** What the server calls the model; may be left out where it serves one alone. */
  readonly model?: string | undefined;
  /** Sent as bearer. */
  readonly apiKey?: string | undefined;
  /** How often a request that failed in passing is made again, and how long the first wait is, in milliseconds; later ones double. */
  readonly retries?: { readonly count: number; readonly firstWait: number } | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with one line about each request that is made again. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** Some ten minutes in all: long enough for a server to be started again. */
const RETRIES = { count: 10, firstWait: 1000 };

/** Longest wait between two requests, in milliseconds, also where the server asks for more. */
const LONGEST_WAIT = 120_000;

/** Longest a server may take for one answer, in milliseconds. */
const ANSWER_TIMEOUT = 600_000;

/** Statuses that pass: too many requests, and a server that is being started or is overloaded. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A blind run shows one picture of CLIP's mean colour, which is a zero image but for rounding once CLIP's processor has taken it. */
const [BLANK_SIDE, CLIP_MEAN] = [336, [123, 117, 104] as const];

/** Media types by what `imageFormat` says. */
const MEDIA_TYPES = { JPEG: "image/jpeg", PNG: "image/png", WebP: "image/webp", GIF: "image/gif" } as const;

const completionSchema = z.looseObject({
  choices: z.array(z.looseObject({ message: z.looseObject({ content: z.string().nullable() }) })).min(1),
  usage: z.looseObject({ completion_tokens: z.int().nonnegative() }).nullish(),
});

const modelsSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

const errorSchema = z.looseObject({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) });

/**
 * Answers the questions of benchmarks by asking an OpenAI-compatible server, greedily. What passes is asked again after a while: lost
 * connections, limits (`Retry-After` is followed) and servers that are being started.
 *
 * @throws InputError for an address that is none, and a model that the server does not serve
 * @throws UnavailableError when it cannot be reached
 */
export async function openEndpoint(options: EndpointOptions): Promise<LoadedAnswerer<string>> {
  const endpoint = new Endpoint(options);
  const model = await endpoint.findModel();
  const answerer: Answerer<string> = {
    name: model,
    identity: { "served model": model, "prompt format": "the server's" },
    promptOf: (question, { image }) =>
      image && !question.includes(IMAGE_MARKER) ? `${IMAGE_MARKER}\n${question}` : question,
    decode: (bytes, name) => Promise.resolve(dataUrl(bytes, name)),
    blank: async () => dataUrl(await encodePng(solidImage(BLANK_SIDE, BLANK_SIDE, CLIP_MEAN)), "the blank picture"),
    open: (image) => Promise.resolve(contextOf(endpoint, model, image)),
  };
  return { answerer, warnings: [], dispose: () => Promise.resolve() };
}

function contextOf(endpoint: Endpoint, model: string, image: string | null): ImageContext {
  return {
    seconds: { vision: 0, prefill: 0 },
    answer: async (question, { maxNewTokens, choices = [] }): Promise<GivenAnswer> => {
      // Beside a generated answer the choices are left unranked.
      if (choices.length > 0 && maxNewTokens === 0) {
        throw new InputError(
          'has scoring "likelihood", and a server does not say how likely choices are; give it another scoring, or leave --endpoint out',
        );
      }
      const content = image === null ? question : contentOf(question, image);
      const request = { model, messages: [{ role: "user", content }], max_tokens: maxNewTokens, temperature: 0 };
      const { value, seconds } = await timed(() => endpoint.post("chat/completions", request, completionSchema));
      return {
        text: (value.choices[0]!.message.content ?? "").trim(),
        tokens: value.usage?.completion_tokens ?? 0,
        seconds: { prefill: 0, tokens: seconds },
      };
    },
    dispose: () => Promise.resolve(),
  };
}

/** The picture stands in front of the question, or where the question marks its place. */
function contentOf(question: string, image: string): readonly object[] {
  const picture = { type: "image_url", image_url: { url: image } };
  if (!question.includes(IMAGE_MARKER)) return [picture, { type: "text", text: question }];
  const [first, ...rest] = question.split(IMAGE_MARKER).map((text) => ({ type: "text", text }));
  return [first!, ...rest.flatMap((text) => [picture, text])];
}

const dataUrl = (bytes: Uint8Array, name: string): string =>
  `data:${MEDIA_TYPES[imageFormat(bytes, name)]};base64,${Buffer.from(bytes).toString("base64")}`;

/** What failed in passing, and how long the server wants to be left alone, in milliseconds. */
class PassingError extends Error {
  constructor(
    message: string,
    readonly wait = 0,
  ) {
    super(message);
  }
}

/** One server. */
class Endpoint {
  readonly #base: string;

  constructor(private readonly options: EndpointOptions) {
    this.#base = baseOf(options.url);
  }

  async findModel(): Promise<string> {
    const { model } = this.options;
    const { data } = await this.#request("models", { method: "GET" }, modelsSchema);
    const names = data.map(({ id }) => id);
    if (model === undefined && names.length === 1) return names[0]!;
    if (model !== undefined && names.includes(model)) return model;
    const said = model === undefined ? "--served-model: not given" : `--served-model ${model}: is not served`;
    throw new InputError(`${said}; expected one of ${names.join(", ") || "none, for the server names no model"}`);
  }

  async post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const headers = { "content-type": "application/json" };
    return this.#request(path, { method: "POST", headers, body: JSON.stringify(body) }, schema);
  }

  async #request<T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    const { retries = RETRIES, signal, onNote } = this.options;
    const url = `${this.#base}/${path}`;
    try {
      return await pRetry(() => this.#once(url, init, schema), {
        ...{ retries: retries.count, minTimeout: retries.firstWait, maxTimeout: LONGEST_WAIT, randomize: true, signal },
        shouldRetry: ({ error }) => error instanceof PassingError,
        onFailedAttempt: async ({ error, retriesLeft }) => {
          if (!(error instanceof PassingError) || retriesLeft === 0) return;
          onNote?.(`${url}: ${error.message}; asked again, at most ${retriesLeft} times`);
          await sleep(Math.min(error.wait, LONGEST_WAIT), undefined, { signal });
        },
      });
    } catch (error) {
      if (signal?.aborted) throw new InterruptedError("interrupted while the server was asked", { cause: error });
      if (error instanceof LangbridgeError) throw error;
      throw new UnavailableError(
        `${url}: ${(error as Error).message}; asked ${retries.count + 1} times; is the server there?`,
        {
          cause: error,
        },
      );
    }
  }

  async #once<T>(url: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> {
    const { apiKey, signal } = this.options;
    const headers = { ...(init.headers as object), ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) };
    // AbortSignal.any is not in the first releases of Node 20.
    const ended = new AbortController();
    const abort = (): void => ended.abort();
    const timeout = AbortSignal.timeout(ANSWER_TIMEOUT);
    for (const each of [signal, timeout]) each?.addEventListener("abort", abort, { once: true });
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, { ...init, headers, signal: ended.signal });
      text = await response.text();
    } catch (error) {
      if (timeout.aborted) throw new PassingError(`no answer within ${ANSWER_TIMEOUT / 1000} s`);
      const { cause, message } = error as Error & { cause?: Error };
      throw new PassingError(cause?.message || message);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    if (response.ok) return checkOptions(schema, parse(text, url), url);
    const said = `${response.status} ${messageOf(text)}`.trim();
    if (PASSING.has(response.status)) throw new PassingError(said, waitOf(response.headers.get("retry-after")));
    throw new InputError(`${url}: ${said}${WAYS_OUT[response.status] ?? ""}`);
  }
}

const WAYS_OUT: Readonly<Record<number, string>> = {
  401: "; set LANGBRIDGE_API_KEY in the environment to the server's key",
  403: "; set LANGBRIDGE_API_KEY in the environment to the server's key",
  404: "; --endpoint is the address up to /v1",
};

function baseOf(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "");
  throw new InputError(`--endpoint ${url}: expected an address such as http://127.0.0.1:8000/v1`);
}

/** Seconds or a date, as HTTP has them; 0 for none. */
function waitOf(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const seconds = Number(retryAfter);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${url}: answers with something else than JSON; is it an OpenAI-compatible server?`, {
      cause: error,
    });
  }
}

/** What an error says, in one line of bounded length. */
function messageOf(text: string): string {
  let said = text;
  try {
    const { error } = errorSchema.parse(JSON.parse(text));
    said = typeof error === "string" ? error : error.message;
  } catch {
    // Proxies answer with pages.
  }
  return said.replace(/\s+/g, " ").slice(0, 300);
}
