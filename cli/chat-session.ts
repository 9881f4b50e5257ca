import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { InterruptedError, LangbridgeError } from "../src/errors.js";
import type { AskOptions, ImageInput, Vlm, VlmMessage } from "../src/vlm/vlm.js";
import { shownText } from "./shown-text.js";

export interface ChatSessionOptions {
  readonly vlm: Pick<Vlm, "open" | "streamChat">;
  /** Pictures of the first question. */
  readonly images: readonly ImageInput[];
  readonly answer: AskOptions;
  readonly input: Readable;
  readonly output: Writable;
  /** Whether somebody types: then there is a prompt, and Ctrl-C ends an answer and not the session. */
  readonly terminal: boolean;
  /** Ends the session. */
  readonly signal: AbortSignal;
  /** Prints a line that is no answer. */
  readonly note: (line: string) => void;
  /** Called when a question is given to the model, and before the first piece of its answer or what else is written. */
  readonly onPrefill?: (() => void) | undefined;
  readonly onAnswer?: (() => void) | undefined;
}

const HELP = `/image FILE  show a further picture with the next question
/reset       forget the chat; the next question is asked about the same pictures
/help        these lines
/exit        end (as Ctrl-D)
Ctrl-C ends an answer; arrow keys bring earlier questions back`;

const PROMPT = "> ";

/** Asks what is typed, line by line, as one chat, until the input ends. */
export async function runChatSession(options: ChatSessionOptions): Promise<void> {
  const { input, output, terminal, signal, note } = options;
  const lines = createInterface({ input, output: terminal ? output : undefined, terminal, prompt: PROMPT });
  const chat = new Chat(options);
  const end = (): void => lines.close();
  signal.addEventListener("abort", end, { once: true });
  // In raw mode Ctrl-C is a key and no signal.
  lines.on("SIGINT", () => {
    if (chat.endAnswer()) return;
    note("/exit or Ctrl-D ends the session");
    lines.prompt();
  });
  try {
    if (terminal) note("Ask about the picture; /help lists what else can be done.");
    if (terminal) lines.prompt();
    for await (const line of lines) {
      if (line.trim() === "/exit") break;
      await chat.take(line.trim());
      if (signal.aborted) break;
      if (terminal) lines.prompt();
    }
  } finally {
    signal.removeEventListener("abort", end);
    lines.close();
  }
  if (signal.aborted) throw new InterruptedError("interrupted; the session has ended");
}

class Chat {
  #messages: VlmMessage[] = [];
  /** Pictures that the next question is about. */
  #images: ImageInput[];
  #answering: AbortController | undefined;

  constructor(private readonly options: ChatSessionOptions) {
    this.#images = [...options.images];
  }

  async take(line: string): Promise<void> {
    const [, word, rest = ""] = /^(\/\w+)(?:\s+(.*))?$/.exec(line) ?? [];
    if (line === "") return;
    if (word === undefined) return this.#ask(line);
    if (word === "/image" && rest !== "") return this.#show(rest);
    if (word === "/reset") return this.#reset();
    this.options.note(HELP);
  }

  /** Whether there was an answer to end. */
  endAnswer(): boolean {
    this.#answering?.abort();
    return this.#answering !== undefined;
  }

  async #show(path: string): Promise<void> {
    const { vlm, note } = this.options;
    try {
      this.#images.push(await vlm.open(path));
      note(`${path}: shown with the next question`);
    } catch (error) {
      if (!(error instanceof LangbridgeError)) throw error;
      note(error.message);
    }
  }

  #reset(): void {
    const shown = this.#messages.flatMap(({ images = [] }) => images);
    this.#images = [...shown, ...this.#images];
    this.#messages = [];
    this.options.note("forgotten; the next question is asked about the same pictures");
  }

  async #ask(text: string): Promise<void> {
    const { vlm, answer, output, signal, note } = this.options;
    const question: VlmMessage = { role: "user", text, images: this.#images };
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#answering = controller;
    let said = "";
    this.options.onPrefill?.();
    try {
      const stream = vlm.streamChat([...this.#messages, question], { ...answer, signal: controller.signal });
      for await (const piece of stream) {
        if (said === "") this.options.onAnswer?.();
        said += piece;
        output.write(shownText(piece));
      }
      this.options.onAnswer?.();
      output.write("\n");
    } catch (error) {
      this.options.onAnswer?.();
      if (!(error instanceof LangbridgeError)) throw error;
      if (said !== "") output.write("\n");
      if (!(error instanceof InterruptedError)) return note(error.message);
    } finally {
      this.#answering = undefined;
      signal.removeEventListener("abort", abort);
    }
    // What was said of an answer that was ended stays in the chat; a question that has no answer is as if it was not asked.
    if (said === "" && controller.signal.aborted) return;
    this.#messages.push(question, { role: "assistant", text: said });
    this.#images = [];
  }
}
