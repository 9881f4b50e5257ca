import { PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { runChatSession, type ChatSessionOptions } from "../../cli/chat-session.js";
import { shownText } from "../../cli/shown-text.js";
import { InputError, InterruptedError } from "../../src/errors.js";
import type { AskOptions, ImageInput, VlmImage, VlmMessage } from "../../src/vlm/vlm.js";

const image = (name: string): VlmImage => ({ name, seen: { vectors: new Float32Array(1), seconds: 0 } });

/** A session with somebody at a terminal, and a model that answers what `reply` says. */
function session(reply: (messages: readonly VlmMessage[], signal: AbortSignal) => AsyncGenerator<string>) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked: (readonly VlmMessage[])[] = [];
  const notes: string[] = [];
  const controller = new AbortController();
  const written: string[] = [];
  output.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const vlm = {
    open: (path: ImageInput) => {
      if (path === "none") throw new InputError("none: no such file");
      return Promise.resolve(image(path as string));
    },
    async *streamChat(messages: readonly VlmMessage[], { signal }: AskOptions = {}) {
      asked.push(messages);
      yield* reply(messages, signal!);
    },
  } as unknown as ChatSessionOptions["vlm"];
  const ended = runChatSession({
    ...{ vlm, images: [image("first")], answer: {}, input, output, terminal: true },
    ...{ signal: controller.signal, note: (line: string) => notes.push(line) },
  });
  const type = async (text: string): Promise<void> => {
    input.write(text);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  };
  return { type, end: () => input.end(), ended, asked, notes, controller, said: () => written.join("") };
}

async function* say(...pieces: string[]): AsyncGenerator<string> {
  await Promise.resolve();
  yield* pieces;
}

/** Says a word and then nothing until the signal fires. */
async function* hang(signal: AbortSignal): AsyncGenerator<string> {
  yield "well";
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  throw new InterruptedError("interrupted");
}

describe("runChatSession", () => {
  test("keeps the chat, and shows a picture with the next question alone", async () => {
    const { type, end, ended, asked, notes } = session(() => say("a", "b"));
    await type("one\r");
    await type("/image second\r");
    await type("two\r");
    end();
    await ended;
    expect(notes).toContain("second: shown with the next question");
    expect(
      asked[1]!.map(({ role, text, images }) => [role, text, images?.map((each) => (each as VlmImage).name)]),
    ).toEqual([
      ["user", "one", ["first"]],
      ["assistant", "ab", undefined],
      ["user", "two", ["second"]],
    ]);
  });

  test("/reset forgets the chat and keeps the pictures", async () => {
    const { type, end, ended, asked } = session(() => say("a"));
    await type("one\r/image second\r/reset\r");
    await type("two\r");
    end();
    await ended;
    expect(asked[1]).toHaveLength(1);
    expect(asked[1]![0]!.images).toHaveLength(2);
  });

  test("Ctrl-C ends an answer and not the session; what was said stays", async () => {
    const { type, end, ended, asked, notes, said } = session((messages, signal) =>
      messages.length === 1 ? hang(signal) : say("yes"),
    );
    await type("one\r");
    await type("\u0003");
    await type("two\r");
    await type("\u0003");
    end();
    await ended;
    expect(said()).toContain("well\n");
    expect(asked[1]!.map(({ text }) => text)).toEqual(["one", "well", "two"]);
    expect(notes.at(-1)).toBe("/exit or Ctrl-D ends the session");
  });

  test("an error is a line, and the question is as if it was not asked", async () => {
    let calls = 0;
    const { type, end, ended, asked, notes } = session(() => {
      if (calls++ === 0) throw new InputError("the prompt is 5000 tokens");
      return say("a");
    });
    await type("one\r");
    await type("/image none\r");
    await type("two\r");
    end();
    await ended;
    expect(notes).toEqual(expect.arrayContaining(["the prompt is 5000 tokens", "none: no such file"]));
    expect(asked[1]!.map(({ text }) => text)).toEqual(["two"]);
    expect(asked[1]![0]!.images).toHaveLength(1);
  });

  test("a signal ends the session", async () => {
    const { type, ended, controller } = session((_messages, signal) => hang(signal));
    await type("one\r");
    controller.abort();
    await expect(ended).rejects.toThrow(InterruptedError);
  });
});

test("text of a model cannot move the cursor", () => {
  expect(shownText("a\n\tb\u001b[2J\r")).toBe("a\n\tb␛[2J␍");
});
