import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import OpenAI, { APIError } from "openai";
import {
  startServer,
  type RunningServer,
  type ServedRequest,
  type StartServerOptions,
} from "../../src/serve/start-server.js";
import { loadVlm, type Vlm } from "../../src/vlm/vlm.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const root = temporaryFolder();
const file = (number: number): string => join(WORLD, "images", `scene_000${number}.png`);
const dataUrl = (number: number): string => `data:image/png;base64,${readFileSync(file(number)).toString("base64")}`;
const QUESTION = "Describe the picture.";

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
const about = (url: string, text = QUESTION): Messages => [
  {
    role: "user",
    content: [
      { type: "text", text },
      { type: "image_url", image_url: { url } },
    ],
  },
];

let vlm: Vlm;
const servers: RunningServer[] = [];
const requests: ServedRequest[] = [];

beforeAll(async () => {
  const parts = {
    adapter: join(WORLD, "adapters", "qwen2", "anchored"),
    llm: join(WORLD, "qwen2"),
    vision: join(WORLD, "vision"),
  };
  vlm = await loadVlm(parts, { cacheFolder: root, threads: 1, keptPrompts: 2 });
});
afterAll(() => vlm.dispose());
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  requests.length = 0;
});

/** A server of the small world, and OpenAI's own client of it. */
async function serve(options: Partial<StartServerOptions> = {}, apiKey = "none"): Promise<OpenAI & { url: string }> {
  const server = await startServer({
    ...{ vlm: () => vlm, name: () => "world", host: "127.0.0.1", port: 0 },
    ...{ maxRequestBytes: 1_000_000, maxQueue: 64, maxNewTokens: 32 },
    onRequest: (request) => requests.push(request),
    ...options,
  });
  servers.push(server);
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
  return Object.assign(client, { url: server.url });
}

const textOf = async (client: OpenAI, messages: Messages, more: object = {}): Promise<string> =>
  (await client.chat.completions.create({ model: "world", messages, ...more })).choices[0]!.message.content!;

/** Status and message that a request is refused with. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof APIError) return error.message;
    throw error;
  }
  throw new Error("expected an error");
}

describe("chat completions, asked by OpenAI's client", () => {
  test("are the answers of the library, whole and in pieces", async () => {
    const { text, tokens, prompt } = await vlm.ask(file(0), QUESTION, { maxNewTokens: 32 });
    const client = await serve();
    const whole = await client.chat.completions.create({ model: "world", messages: about(dataUrl(0)) });
    expect(whole.choices[0]).toMatchObject({ message: { role: "assistant", content: text }, finish_reason: "stop" });
    expect(whole.usage).toMatchObject({ prompt_tokens: prompt.tokens, completion_tokens: tokens });
    expect(whole.usage!.prompt_tokens_details!.cached_tokens).toBeGreaterThan(0);
    const stream = await client.chat.completions.create({
      ...{ model: "world", messages: about(dataUrl(0)), stream: true },
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(text);
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("stop");
    expect(chunks.at(-1)!.usage!.completion_tokens).toBe(tokens);
    expect(requests.map(({ path, status, reply }) => [path, status, reply?.text])).toEqual([
      ["/v1/chat/completions", 200, text],
      ["/v1/chat/completions", 200, text],
    ]);
  });

  test("follow max_tokens, stop, temperature, seed, system messages and turns", async () => {
    const client = await serve();
    const whole = await textOf(client, about(dataUrl(0)));
    const short = await client.chat.completions.create({ model: "world", messages: about(dataUrl(0)), max_tokens: 2 });
    expect(short.choices[0]!.finish_reason).toBe("length");
    expect(short.usage!.completion_tokens).toBe(2);
    const word = whole.split(" ")[2]!;
    expect(await textOf(client, about(dataUrl(0)), { stop: [word] })).toBe(whole.slice(0, whole.indexOf(word)).trim());
    const drawn = { temperature: 2, seed: 3, top_p: 0.9 };
    expect(await textOf(client, about(dataUrl(0)), drawn)).toBe(await textOf(client, about(dataUrl(0)), drawn));
    const chat: Messages = [
      { role: "system", content: "Be brief." },
      ...about(dataUrl(0)),
      { role: "assistant", content: whole },
      { role: "user", content: "Which shape is it?" },
    ];
    const { text } = await vlm.chat(
      [
        { role: "user", text: QUESTION, images: [file(0)] },
        { role: "assistant", text: whole },
        { role: "user", text: "Which shape is it?" },
      ],
      { system: "Be brief.", maxNewTokens: 32 },
    );
    expect(await textOf(client, chat)).toBe(text);
  });

  test("take files below the folder that was named, and no others", async () => {
    const client = await serve({ images: join(WORLD, "images") });
    const expected = await textOf(client, about(dataUrl(1)));
    expect(await textOf(client, about("scene_0001.png"))).toBe(expected);
    expect(await textOf(client, about(`file://${file(1)}`))).toBe(expected);
    for (const url of ["../scenes.json", `file://${join(WORLD, "scenes.json")}`, "none.png", "."]) {
      expect(await refusal(textOf(client, about(url)))).toContain("no such file in the folder of --images");
    }
    const closed = await serve();
    expect(await refusal(textOf(closed, about("scene_0001.png")))).toContain(
      "files are read once --images names a folder",
    );
    expect(await refusal(textOf(closed, about("https://example.com/a.png")))).toContain("nothing is fetched");
  });

  test("50 clients at once each get their answer, and pictures that are none their error", async () => {
    const client = await serve();
    const expected = await Promise.all(
      [0, 1, 2, 3].map(async (n) => (await vlm.ask(file(n), QUESTION, { maxNewTokens: 32 })).text),
    );
    const asked = Array.from({ length: 50 }, async (_, at) => {
      if (at % 10 === 9) return refusal(textOf(client, about("data:image/png;base64,bm8gcGljdHVyZQ==")));
      return textOf(client, about(dataUrl(at % 4)));
    });
    (await Promise.all(asked)).forEach((text, at) => {
      if (at % 10 === 9) expect(text).toMatch(/^400 image_url: is not an image/);
      else expect(text).toBe(expected[at % 4]);
    });
  });

  test("a client that hangs up is no longer answered, and the others are", async () => {
    const client = await serve();
    const controller = new AbortController();
    const stream = await client.chat.completions.create(
      { model: "world", messages: about(dataUrl(0)), stream: true },
      { signal: controller.signal },
    );
    const read = async (): Promise<void> => {
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content) controller.abort();
    };
    await read().catch(() => undefined);
    const waiting = new AbortController();
    const gone = textOf(client, about(dataUrl(1)));
    const alsoGone = client.chat.completions
      .create({ model: "world", messages: about(dataUrl(2)) }, { signal: waiting.signal })
      .catch(() => "gone");
    waiting.abort();
    expect(await alsoGone).toBe("gone");
    expect(await gone).not.toBe("");
    const { requests: open } = (await (await fetch(`${client.url}/health`)).json()) as { requests: number };
    expect(open).toBe(0);
  });

  test("a request that is refused says why, as OpenAI's clients read it", async () => {
    const client = await serve();
    const ask = (more: object): Promise<string> =>
      refusal(client.chat.completions.create({ model: "world", messages: about(dataUrl(0)), ...more } as never));
    expect(await ask({ model: "gpt-4" })).toBe('404 there is no such model here; expected "world"');
    expect(await ask({ n: 2 })).toBe('400 the request: "n": expected 1');
    expect(await ask({ tools: [] })).toBe('400 the request: Unrecognized key: "tools"');
    expect(await ask({ temperature: -1 })).toMatch(/^400 the request: "temperature": Too small/);
    expect(await ask({ messages: [{ role: "assistant", content: "a" }] })).toMatch(
      /^400 messages\[0\]: is the assistant's/,
    );
    expect(await ask({ messages: about(dataUrl(0), "<image>") })).toMatch(/^400 a question holds "<image>"/);
    expect(await ask({ messages: about(dataUrl(0), "long ".repeat(20_000)) })).toMatch(/^400 the prompt is \d+ tokens/);
    expect(await ask({ messages: about(`data:image/png;base64,${"A".repeat(2_000_000)}`) })).toBe(
      "413 the request is larger than 1000000 bytes",
    );
    const form = await fetch(`${client.url}/v1/chat/completions`, { method: "POST", body: "{}" });
    expect(form.status).toBe(400);
    const broken = await fetch(`${client.url}/v1/chat/completions`, {
      ...{ method: "POST", body: "{", headers: { "content-type": "application/json" } },
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toEqual({
      error: {
        message: expect.stringMatching(/^the request: is not valid JSON/) as unknown,
        ...{ type: "invalid_request_error", param: null, code: null },
      },
    });
    expect((await fetch(`${client.url}/v2`)).status).toBe(404);
  });

  test("more than the queue holds are told to ask again", async () => {
    const client = await serve({ maxQueue: 2 });
    const asked = Array.from({ length: 6 }, () => textOf(client, about(dataUrl(0))).catch((error: APIError) => error));
    const ended = await Promise.all(asked);
    const busy = ended.filter((each) => each instanceof APIError);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.length).toBeLessThan(6);
    expect(busy[0]!.status).toBe(503);
    expect(busy[0]!.headers!.get("retry-after")).toBe("1");
    // OpenAI's client asks again by itself.
    expect(await textOf(client.withOptions({ maxRetries: 5 }), about(dataUrl(0)))).not.toBe("");
  });
});

describe("the server", () => {
  test("names its model, also one with a slash, and says whether it is loaded", async () => {
    const client = await serve({ name: () => "org/world" });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["org/world"]);
    expect((await client.models.retrieve("org/world")).id).toBe("org/world");
    expect(await refusal(client.models.retrieve("other"))).toMatch(/^404/);
    expect(await (await fetch(`${client.url}/health`)).json()).toEqual({
      status: "ok",
      model: "org/world",
      requests: 0,
    });
    const loading = await serve({ vlm: () => undefined });
    expect((await fetch(`${loading.url}/health`)).status).toBe(503);
    expect(await refusal(textOf(loading, about(dataUrl(0))))).toBe("503 the model is being loaded; ask again");
  });

  test("wants the key that it was given", async () => {
    const [right, wrong] = [await serve({ apiKey: "secret" }, "secret"), await serve({ apiKey: "secret" }, "other")];
    expect(await textOf(right, about(dataUrl(0)))).not.toBe("");
    expect(await refusal(textOf(wrong, about(dataUrl(0))))).toMatch(/^401 the API key is missing or another one/);
    expect((await fetch(`${wrong.url}/v1/models`)).status).toBe(401);
    expect((await fetch(`${wrong.url}/health`)).status).toBe(200);
  });

  test("lets other machines in with a key alone, and says when its port is taken", async () => {
    const taken = await serve();
    const port = Number(new URL(taken.url).port);
    await expect(serve({ port })).rejects.toThrow(/cannot be listened on \(EADDRINUSE\); choose another --port$/);
    await expect(serve({ host: "0.0.0.0" })).rejects.toThrow(/other machines could ask without a key/);
  });

  test("ends with what it is answering", async () => {
    const client = await serve();
    const asked = textOf(client, about(dataUrl(0))).catch(() => "ended");
    const socket = connect(Number(new URL(client.url).port), "127.0.0.1");
    await once(socket, "connect");
    await servers.pop()!.close();
    expect(["ended", await asked]).toContain(await asked);
    if (!socket.closed) await once(socket, "close");
    expect((await vlm.ask(file(0), QUESTION)).text).not.toBe("");
  });
});
