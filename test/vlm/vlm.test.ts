import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InputError, InterruptedError } from "../../src/errors.js";
import { loadVlm, type AskOptions, type LoadVlmOptions, type Vlm, type VlmMessage } from "../../src/vlm/vlm.js";
import { WORLD } from "../helpers/small-world.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";

const cacheFolder = temporaryFolder();
const PARTS = {
  adapter: join(WORLD, "adapters", "qwen2", "anchored"),
  llm: join(WORLD, "qwen2"),
  vision: join(WORLD, "vision"),
};
const picture = (number: number): string => join(WORLD, "images", `scene_000${number}.png`);
const QUESTION = "Describe the picture.";

describe("loadVlm", () => {
  let vlm: Vlm;
  beforeAll(async () => {
    vlm = await loadVlm(PARTS, { cacheFolder, threads: 1 });
  });
  afterAll(() => vlm.dispose());

  test("asks about a path, about bytes and about a picture that was opened, and sees the same bytes once", async () => {
    const byPath = await vlm.ask(picture(0), QUESTION);
    const byBytes = await vlm.ask(readFileSync(picture(0)), QUESTION);
    const opened = await vlm.open(picture(0));
    const byImage = await vlm.ask(opened, QUESTION);
    expect([byBytes.text, byImage.text]).toEqual([byPath.text, byPath.text]);
    expect((await vlm.open(picture(0))).seen).toBe(opened.seen);
    expect(byBytes.prompt.cached).toBeGreaterThan(0);
    expect(byPath.text.length).toBeGreaterThan(3);
  });

  test("gives the answer in pieces, by iterator and by callback", async () => {
    const { text } = await vlm.ask(picture(1), QUESTION);
    const [iterated, called]: [string[], string[]] = [[], []];
    const stream = vlm.stream(picture(1), QUESTION, { onToken: (piece) => called.push(piece) });
    for await (const piece of stream) iterated.push(piece);
    expect(iterated.length).toBeGreaterThan(1);
    expect([iterated.join(""), called.join("")]).toEqual([text, text]);
  });

  test("leaving the loop ends the answer, and the next one is whole", async () => {
    const { text } = await vlm.ask(picture(1), QUESTION);
    for await (const piece of vlm.stream(picture(1), QUESTION)) {
      expect(text.startsWith(piece)).toBe(true);
      break;
    }
    expect((await vlm.ask(picture(1), QUESTION)).text).toBe(text);
  });

  test("a signal ends an answer, also before it begins and in a stream", async () => {
    await expect(vlm.ask(picture(1), QUESTION, { signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    const controller = new AbortController();
    const read = async (): Promise<number> => {
      let pieces = 0;
      for await (const piece of vlm.stream(picture(1), QUESTION, { signal: controller.signal })) {
        pieces += piece.length;
        controller.abort();
      }
      return pieces;
    };
    await expect(read()).rejects.toThrow(InterruptedError);
  });

  test("chats, with a system message and several pictures", async () => {
    const first: VlmMessage = { role: "user", text: QUESTION, images: [picture(0), picture(2)] };
    const { text } = await vlm.chat([first], { system: "Be brief." });
    const messages: VlmMessage[] = [first, { role: "assistant", text }, { role: "user", text: "Which shape is it?" }];
    const second = await vlm.chat(messages, { system: "Be brief." });
    expect(second.prompt.cached).toBeGreaterThan(8);
    expect(second.tokens).toBeGreaterThan(0);
  });

  test("draws what the seed says", async () => {
    const options = { temperature: 1.5, seed: 7 };
    const { text } = await vlm.ask(picture(0), QUESTION, options);
    expect((await vlm.ask(picture(0), QUESTION, options)).text).toBe(text);
  });

  test("asks without a picture", async () => {
    expect((await vlm.ask([], "What colour is a red circle?")).tokens).toBeGreaterThan(0);
  });

  test.each<[string, AskOptions, RegExp]>([
    ["maxNewTokens", { maxNewTokens: 0 }, /^the options of an answer: "maxNewTokens": Too small/],
    ["temperature", { temperature: "hot" as never }, /"temperature": expected number/],
    ["topP", { topP: 0 }, /"topP": Too small/],
    ["signal", { signal: {} as never }, /"signal": expected an AbortSignal/],
    ["onToken", { onToken: 1 as never }, /"onToken": expected a function/],
    ["an unknown option", { tempreature: 1 } as never, /Unrecognized key: "tempreature"/],
  ])("%s that is wrong is named", async (_name, options, message) => {
    await expect(vlm.ask(picture(0), QUESTION, options)).rejects.toThrow(message);
    await expect(vlm.ask(picture(0), QUESTION, options)).rejects.toThrow(InputError);
  });

  test("a picture that is none is refused by its name, and another one is answered", async () => {
    await expect(vlm.ask(Buffer.from("no picture"), QUESTION)).rejects.toThrow(/^image: /);
    await expect(vlm.ask("/none.png", QUESTION)).rejects.toThrow(/^\/none\.png: /);
    expect((await vlm.ask(picture(0), QUESTION)).text).not.toBe("");
  });

  test("messages that do not alternate are refused", async () => {
    const user: VlmMessage = { role: "user", text: "a" };
    await expect(vlm.chat([user, user])).rejects.toThrow(/^messages\[1\]: is the user's, expected the assistant's$/);
    await expect(vlm.chat([])).rejects.toThrow(/^messages: expected the last one to be the user's$/);
    await expect(vlm.chat([{ role: "system", text: "a" }, user, { role: "assistant", text: "b" }])).rejects.toThrow(
      /^messages: expected the last one/,
    );
  });
});

test("a folder that was tuned as a whole is loaded by its path, and cannot be asked once it is disposed of", async () => {
  const vlm = await loadVlm(join(WORLD, "tuned", "llava-qwen2"), { cacheFolder, threads: 1 });
  expect((await vlm.ask(picture(0), "What shape is in the picture?")).text).not.toBe("");
  await vlm.dispose();
  await vlm.dispose();
  await expect(vlm.ask(picture(0), QUESTION)).rejects.toThrow(/disposed of|closed/);
});

test.each<[string, LoadVlmOptions, RegExp]>([
  ["threads", { threads: 0 }, /^the options of loadVlm: "threads": Too small/],
  ["keptPrompts", { keptPrompts: 1000 }, /"keptPrompts": Too big/],
  ["device", { device: "npu" }, /device "npu" is unknown/],
  ["dtype", { dtype: "f8" }, /f8/],
])("loadVlm refuses %s", async (_name, options, message) => {
  await expect(loadVlm(PARTS, { cacheFolder, ...options })).rejects.toThrow(message);
});
