import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import { InputError, InterruptedError, UnavailableError } from "../errors.js";
import { checkOptions } from "../files/check-json.js";
import { parseJson } from "../files/json-file.js";
import { Turns } from "../runtime/sessions/turns.js";
import type { Reply } from "../vlm/chat-model.js";
import type { Vlm, VlmImage, VlmMessage } from "../vlm/vlm.js";
import { answerOptions, chatRequest, readMessages, type ChatRequest } from "./chat-request.js";
import { chunk, completion, errorBody, newResponse, usageChunk } from "./chat-response.js";
import { readRequestedImage } from "./requested-image.js";

/** What is used of a model. */
export type ServedVlm = Pick<Vlm, "open" | "chat" | "streamChat">;

export interface ChatAppOptions {
  /** Undefined while the model is loaded. */
  readonly vlm: () => ServedVlm | undefined;
  /** What the model is called in requests; asked once it is loaded. */
  readonly name: () => string;
  /** What requests have to bring as bearer; any may come when left out. */
  readonly apiKey?: string | undefined;
  /** Folder below which requests may name files; none when left out. */
  readonly images?: string | undefined;
  /** Largest request in bytes. */
  readonly maxRequestBytes: number;
  /** Requests that are answered or wait at once; more are sent away. */
  readonly maxQueue: number;
  /** Longest answer, and that of requests which name none. */
  readonly maxNewTokens: number;
  /** Told of each request that has ended. */
  readonly onRequest?: ((request: ServedRequest) => void) | undefined;
}

/** A request that has ended. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  /** 499 when the client hung up. */
  readonly status: number;
  readonly seconds: number;
  readonly reply?: Reply | undefined;
}

type App = { Bindings: HttpBindings; Variables: { reply?: Reply; ended?: Promise<unknown> } };

/** Pictures of one request. */
const MAX_IMAGES = 32;

const LOADING = "the model is being loaded; ask again";

/** What a client reads who has to wait and ask again, in seconds. */
const RETRY_AFTER = "1";

/** OpenAI's chat completions over one model. */
export function chatApp(options: ChatAppOptions): Hono<App> {
  const { apiKey, maxRequestBytes, onRequest } = options;
  const chats = new ServedChats(options);
  const app = new Hono<App>();
  app.use(async (c, next) => {
    const startedAt = performance.now();
    await next();
    void Promise.resolve(c.get("ended")).finally(() => {
      const { method, path } = c.req;
      const hungUp = c.env.outgoing.destroyed && !c.env.outgoing.writableFinished;
      const seconds = (performance.now() - startedAt) / 1000;
      onRequest?.({ method, path, status: hungUp ? 499 : c.res.status, seconds, reply: c.get("reply") });
    });
  });
  app.get("/health", (c) => {
    const status = options.vlm() === undefined ? "loading" : "ok";
    return c.json({ status, model: options.name(), requests: chats.count }, status === "ok" ? 200 : 503);
  });
  if (apiKey !== undefined) {
    const refused = {
      message: errorBody("the API key is missing or another one", "invalid_request_error", "invalid_api_key"),
    };
    app.use(
      "/v1/*",
      bearerAuth({
        token: apiKey,
        noAuthenticationHeader: refused,
        invalidAuthenticationHeader: refused,
        invalidToken: refused,
      }),
    );
  }
  const created = Math.floor(Date.now() / 1000);
  const model = () => ({ id: options.name(), object: "model", created, owned_by: "langbridge" });
  app.get("/v1/models", (c) =>
    options.vlm() === undefined ? busy(c, LOADING) : c.json({ object: "list", data: [model()] }),
  );
  app.get("/v1/models/*", (c) =>
    decodeURIComponent(c.req.path.slice("/v1/models/".length)) === options.name()
      ? c.json(model())
      : c.json(noModel(options.name()), 404),
  );
  app.post(
    "/v1/chat/completions",
    bodyLimit({
      maxSize: maxRequestBytes,
      onError: (c) => {
        c.header("Connection", "close"); // What was not read lies on it.
        return c.json(errorBody(`the request is larger than ${maxRequestBytes} bytes`, "invalid_request_error"), 413);
      },
    }),
    (c) => chats.answer(c),
  );
  app.notFound((c) =>
    c.json(errorBody(`${c.req.method} ${c.req.path}: no such address`, "invalid_request_error"), 404),
  );
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const { status, body } = describe(error);
    if (status === 503) c.header("Retry-After", RETRY_AFTER);
    return c.json(body, status);
  });
  return app;
}

/** The chats in progress. */
class ServedChats {
  count = 0;
  /** Decoded one after another: a picture can take half a GB. */
  readonly #decoding = new Turns();

  constructor(private readonly options: ChatAppOptions) {}

  async answer(c: Context<App>): Promise<Response> {
    const { maxQueue, maxNewTokens } = this.options;
    const [vlm, name] = [this.options.vlm(), this.options.name()];
    if (vlm === undefined) return busy(c, LOADING);
    if (this.count >= maxQueue) return busy(c, `${this.count} requests wait already; ask again`);
    this.count++;
    const left = new AbortController();
    const hangUp = (): void => left.abort();
    c.env.outgoing.once("close", hangUp);
    const end = (): void => {
      c.env.outgoing.removeListener("close", hangUp);
      this.count--;
    };
    let streams = false;
    try {
      const request = await readRequest(c);
      if (request.model !== name) return c.json(noModel(name), 404);
      const messages = await this.#open(vlm, request, left.signal);
      const asked = { ...answerOptions(request, maxNewTokens), signal: left.signal };
      if (request.stream !== true) {
        const reply = await vlm.chat(messages, asked);
        c.set("reply", reply);
        return c.json(completion(newResponse(name), reply));
      }
      const response = await this.#stream(c, vlm.streamChat(messages, asked), request, end);
      streams = true;
      return response;
    } finally {
      if (!streams) end();
    }
  }

  async #open(vlm: ServedVlm, request: ChatRequest, signal: AbortSignal): Promise<VlmMessage[]> {
    const messages = readMessages(request);
    const count = messages.reduce((sum, { urls }) => sum + urls.length, 0);
    if (count > MAX_IMAGES)
      throw new InputError(`messages: name ${count} pictures, at most ${MAX_IMAGES} are looked at`);
    const opened: VlmMessage[] = [];
    for (const { role, text, urls, placesImages } of messages) {
      const images: VlmImage[] = [];
      for (const url of urls) {
        const see = async (): Promise<VlmImage> =>
          vlm.open(await readRequestedImage(url, this.options.images), "image_url");
        images.push(await this.#decoding.take(see, signal));
      }
      opened.push({ role, text, images, placesImages });
    }
    return opened;
  }

  /** Waits for the first piece, so that what is wrong with a request has its own status. */
  async #stream(
    c: Context<App>,
    pieces: AsyncGenerator<string, Reply>,
    { stream_options: wanted }: ChatRequest,
    end: () => void,
  ): Promise<Response> {
    const head = newResponse(this.options.name());
    let next = await pieces.next();
    let ended: () => void;
    c.set("ended", new Promise<void>((resolve) => (ended = resolve)));
    return streamSSE(c, async (sse) => {
      const write = (data: unknown): Promise<void> => sse.writeSSE({ data: JSON.stringify(data) });
      try {
        await write(chunk(head, { role: "assistant", content: "" }));
        for (; next.done !== true; next = await pieces.next()) await write(chunk(head, { content: next.value }));
        c.set("reply", next.value);
        await write(chunk(head, {}, next.value.finish));
        if (wanted?.include_usage === true) await write(usageChunk(head, next.value));
        await sse.writeSSE({ data: "[DONE]" });
      } catch (error) {
        if (!(error instanceof InterruptedError)) await write(describe(error as Error).body);
      } finally {
        await pieces.return(undefined as never);
        end();
        ended();
      }
    });
  }
}

/** A form of a web page would come without this type; a page of another origin cannot send it unasked. */
async function readRequest(c: Context<App>): Promise<ChatRequest> {
  // Read in any case: a connection on which something lies unread is closed.
  const text = await c.req.text();
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    throw new InputError("the request is no JSON; expected the content type application/json");
  }
  return checkOptions(chatRequest, parseJson(text, "the request"), "the request");
}

const noModel = (name: string) =>
  errorBody(
    `there is no such model here; expected ${JSON.stringify(name)}`,
    "invalid_request_error",
    "model_not_found",
  );

function busy(c: Context<App>, message: string): Response {
  c.header("Retry-After", RETRY_AFTER);
  return c.json(errorBody(message, "server_error", "busy"), 503);
}

function describe(error: Error): { status: 400 | 500 | 503; body: ReturnType<typeof errorBody> } {
  if (error instanceof InputError) return { status: 400, body: errorBody(error.message, "invalid_request_error") };
  if (error instanceof UnavailableError) return { status: 503, body: errorBody(error.message, "server_error") };
  return { status: 500, body: errorBody(error.message, "server_error") };
}
