import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { InterruptedError, UnavailableError } from "../../src/errors.js";
import { openEndpoint, type EndpointOptions } from "../../src/vlm/endpoint-answerer.js";
import { WORLD } from "../helpers/small-world.js";

type Handler = (request: IncomingMessage, response: ServerResponse, body: string, at: number) => void;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const send = (response: ServerResponse, status: number, body: unknown, headers: object = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};
const said = (content: string | null) => ({ choices: [{ message: { content } }], usage: { completion_tokens: 3 } });

/** A server that names its models and answers chats by `handle`; `at` counts them from 0. */
async function endpoint(handle: Handler, options: Partial<EndpointOptions> = {}, models: readonly string[] = ["m"]) {
  let chats = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url!.endsWith("/models")) send(response, 200, { data: models.map((id) => ({ id })) });
      else handle(request, response, Buffer.concat(chunks).toString(), chats++);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const notes: string[] = [];
  const { answerer } = await openEndpoint({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
    ...{ retries: { count: 3, firstWait: 1 }, onNote: (note) => notes.push(note) },
    ...options,
  });
  const picture = await answerer.decode(readFileSync(join(WORLD, "images", "scene_0000.png")), "scene");
  const ask = async (question = "What?", image: string | null = picture) =>
    (await answerer.open(image)).answer(question, { maxNewTokens: 7 });
  return { ask, answerer, notes, chats: () => chats };
}

describe("openEndpoint", () => {
  test("asks greedily, with the picture in front of the question, and gives the answer without outer white space", async () => {
    const bodies: unknown[] = [];
    const keys: unknown[] = [];
    const { ask } = await endpoint(
      (request, response, body) => {
        keys.push(request.headers.authorization, request.url);
        bodies.push(JSON.parse(body));
        send(response, 200, said(" a cat\n"));
      },
      { apiKey: "secret" },
    );
    expect(await ask()).toMatchObject({ text: "a cat", tokens: 3 });
    const url = expect.stringMatching(/^data:image\/png;base64,iVBOR/) as unknown;
    const content = [
      { type: "image_url", image_url: { url } },
      { type: "text", text: "What?" },
    ];
    expect(bodies).toEqual([{ model: "m", messages: [{ role: "user", content }], max_tokens: 7, temperature: 0 }]);
    expect(keys).toEqual(["Bearer secret", "/v1/chat/completions"]);
    await ask("a <image> b");
    expect(bodies[1]).toMatchObject({
      messages: [{ content: [{ text: "a " }, { type: "image_url" }, { text: " b" }] }],
    });
    await ask("no picture", null);
    expect(bodies[2]).toMatchObject({ messages: [{ content: "no picture" }] });
  });

  test("asks again what failed in passing, after the wait that the server names", async () => {
    const times: number[] = [];
    const { ask, notes, chats } = await endpoint((request, response, _body, at) => {
      times.push(performance.now());
      if (at === 0) return void request.socket.destroy();
      if (at === 1) return send(response, 429, { error: { message: "slow down" } }, { "retry-after": "0.3" });
      if (at === 2) return send(response, 503, "<html>busy</html>");
      send(response, 200, said("yes"));
    });
    expect((await ask()).text).toBe("yes");
    expect(chats()).toBe(4);
    expect(times[2]! - times[1]!).toBeGreaterThan(290);
    expect(notes).toHaveLength(3);
    expect(notes[1]).toMatch(/chat\/completions: 429 slow down; asked again, at most \d times$/);
  });

  test("gives up after the last attempt, and at once on what will not pass", async () => {
    const down = await endpoint((_request, response) => send(response, 500, { error: "broken" }));
    await expect(down.ask()).rejects.toThrow(/: 500 broken; asked 4 times; is the server there\?$/);
    await expect(down.ask()).rejects.toThrow(UnavailableError);
    const refusing = await endpoint((_request, response) => send(response, 400, { error: { message: "too\nlong" } }));
    await expect(refusing.ask()).rejects.toThrow(/chat\/completions: 400 too long$/);
    expect(refusing.chats()).toBe(1);
    const locked = await endpoint((_request, response) => send(response, 401, { error: { message: "no key" } }));
    await expect(locked.ask()).rejects.toThrow(/401 no key; set LANGBRIDGE_API_KEY/);
  });

  test("refuses answers that are none, and takes an empty one for empty", async () => {
    const page = await endpoint((_request, response) => send(response, 200, "<html>"));
    await expect(page.ask()).rejects.toThrow(/something else than JSON; is it an OpenAI-compatible server\?$/);
    const other = await endpoint((_request, response) => send(response, 200, { choices: [] }));
    await expect(other.ask()).rejects.toThrow(/"choices": Too small/);
    const silent = await endpoint((_request, response) => send(response, 200, said(null)));
    expect((await silent.ask()).text).toBe("");
  });

  test("ends at once when the signal fires, also while it waits to ask again", async () => {
    const controller = new AbortController();
    const { ask } = await endpoint(
      (_request, response) => {
        send(response, 503, "", { "retry-after": "60" });
        setTimeout(() => controller.abort(), 20);
      },
      { signal: controller.signal },
    );
    const startedAt = performance.now();
    await expect(ask()).rejects.toThrow(InterruptedError);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test("finds the model that is served alone, and wants a name where there are several", async () => {
    const never: Handler = () => undefined;
    expect((await endpoint(never)).answerer.name).toBe("m");
    expect((await endpoint(never, { model: "b" }, ["a", "b"])).answerer.name).toBe("b");
    await expect(endpoint(never, {}, ["a", "b"])).rejects.toThrow(/^--served-model: not given; expected one of a, b$/);
    await expect(endpoint(never, { model: "c" }, ["a"])).rejects.toThrow(
      /^--served-model c: is not served; expected one of a$/,
    );
    await expect(openEndpoint({ url: "localhost:8000" })).rejects.toThrow(
      /^--endpoint localhost:8000: expected an address/,
    );
  });
});
