import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InterruptedError } from "../../src/errors.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { openChatModel, type OpenChatModel } from "../../src/vlm/open-chat-model.js";
import type { ChatMessage, ReplyOptions, SeenImage } from "../../src/vlm/chat-model.js";

const root = temporaryFolder();
const MODEL = {
  adapter: join(WORLD, "adapters", "qwen2", "anchored"),
  llm: join(WORLD, "qwen2"),
  vision: join(WORLD, "vision"),
};

describe("ChatModel on the small world", () => {
  let loaded: OpenChatModel;
  const images: SeenImage[] = [];
  beforeAll(async () => {
    loaded = await openChatModel({ model: MODEL, cacheFolder: root, threads: 1, keptCaches: 2 });
    for (const name of ["scene_0000.png", "scene_0001.png", "scene_0002.png"]) {
      images.push(await loaded.chat.see(await loaded.chat.openPicture(join(WORLD, "images", name))));
    }
  });
  afterAll(() => loaded.dispose());

  const ask = (image: number, text: string): ChatMessage => ({ role: "user", text, images: [images[image]!] });
  const reply = (messages: readonly ChatMessage[], options: Partial<ReplyOptions> = {}) =>
    loaded.chat.reply(messages, { maxNewTokens: 16, ...options });
  const said = (text: string): ChatMessage => ({ role: "assistant", text });

  test("pictures that are asked in turn keep their beginnings, as many as there are caches", async () => {
    const question = "What shape is in the picture?";
    const cold = await reply([ask(0, question)]);
    await reply([ask(1, question)]);
    const warm = await reply([ask(0, "How many objects are there?")]);
    expect(cold.prompt.cached).toBe(0);
    expect(warm.prompt.cached).toBeGreaterThan(4);
    await reply([ask(2, question)]);
    expect((await reply([ask(1, question)])).prompt.cached).toBe(0);
    // The same answer whether its beginning was kept or not.
    expect((await reply([ask(0, question)])).text).toBe(cold.text);
  });

  test("a chat goes on from its last answer, and answers as a model that is given all of it anew", async () => {
    const first = await reply([ask(0, "What shape is in the picture?")]);
    const chat = [
      ask(0, "What shape is in the picture?"),
      said(first.text),
      { role: "user", text: "What colour?" },
    ] as const;
    const second = await reply(chat);
    expect(second.prompt.cached).toBeGreaterThanOrEqual(first.prompt.tokens);
    await reply([ask(1, "a")]);
    await reply([ask(2, "a")]);
    const anew = await reply(chat);
    expect(anew.prompt.cached).toBe(0);
    expect(anew.text).toBe(second.text);
  });

  test("several images, also of a later message, each stand where they were given", async () => {
    const both: ChatMessage = { role: "user", text: "What are these?", images: [images[0]!, images[1]!] };
    const { prompt } = await reply([both]);
    const one = await reply([{ ...both, images: [images[0]!] }]);
    expect(prompt.tokens).toBeGreaterThan(one.prompt.tokens + 4);
    const later = await reply([ask(0, "What is this?"), said("a circle"), ask(1, "And this?")]);
    expect(later.text).not.toBe("");
    expect(loaded.chat.write([both]).text).toContain("<image>\n<image>\nWhat are these?");
  });

  test("a system message is part of the prompt", async () => {
    const told: readonly ChatMessage[] = [{ role: "system", text: "Be brief." }, ask(0, "What is this?")];
    expect(loaded.chat.write(told).text).toContain("Be brief.");
    expect((await reply(told)).tokens).toBeGreaterThan(0);
  });

  test("pieces of text joined are the text, which ends before a stop text of the caller's", async () => {
    const pieces: string[] = [];
    const whole = await reply([ask(0, "Describe the picture.")], { onText: (piece) => pieces.push(piece) });
    expect(pieces.join("")).toBe(whole.text);
    const word = whole.text.split(" ").at(-1)!;
    const cut = await reply([ask(0, "Describe the picture.")], { stop: [word] });
    expect(cut).toMatchObject({ finish: "stop", text: whole.text.slice(0, whole.text.indexOf(word)).trim() });
  });

  test("a signal ends an answer within one token, and the next one is whole", async () => {
    const messages = [ask(0, "Describe the picture.")];
    const whole = await reply(messages, { maxNewTokens: 8 });
    const controller = new AbortController();
    let seen = 0;
    const onText = (): void => {
      seen++;
      controller.abort();
    };
    await expect(reply(messages, { onText, signal: controller.signal })).rejects.toThrow(InterruptedError);
    expect(seen).toBe(1);
    expect((await reply(messages, { maxNewTokens: 8 })).text).toBe(whole.text);
  });
});
