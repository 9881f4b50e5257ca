import { Args, Flags } from "@oclif/core";
import { answerFlags } from "../cli/answer-flags.js";
import { BaseCommand } from "../cli/base-command.js";
import { runChatSession } from "../cli/chat-session.js";
import { INPUTS } from "../cli/flag-groups.js";
import { modelFlags, requireModel } from "../cli/model-flags.js";
import { readQuestions, splitWords, STANDARD_INPUT } from "../cli/questions.js";
import { shownText } from "../cli/shown-text.js";
import { InputError } from "../src/errors.js";
import { loadVlm, type AskOptions, type Vlm, type VlmImage } from "../src/vlm/vlm.js";
import { UsageError } from "../cli/usage-error.js";

/** What `--json` prints. */
interface Asked {
  readonly model: string;
  readonly images: readonly string[];
  readonly answers: readonly {
    readonly question: string;
    readonly text: string;
    /** "length" when the answer was cut off at its longest. */
    readonly finish: "stop" | "length";
    readonly promptTokens: number;
    readonly cachedTokens: number;
    readonly answerTokens: number;
    readonly seconds: { readonly prefill: number; readonly tokens: number };
  }[];
}

export default class Ask extends BaseCommand {
  static override summary = "Ask a model about pictures.";
  static override description =
    "Shows the answer while it is made. The last word is the question unless it is a file; without a question, a session begins in which " +
    "questions are typed, one a line. A picture is a JPEG, PNG, WebP or GIF file, or - for one from standard input.";
  static override usage = [
    "<%= command.id %> IMAGE... [QUESTION] (--adapter DIR --llm DIR --vision DIR | --model DIR) [flags]",
  ];
  static override examples = [
    '<%= config.bin %> <%= command.id %> photo.jpg "What is the dog doing?" --model llava-v1.5-7b',
    '<%= config.bin %> <%= command.id %> before.jpg after.jpg "What has changed?" --adapter adapter --llm Qwen/Qwen2.5-7B-Instruct --vision openai/clip-vit-large-patch14-336',
    "<%= config.bin %> <%= command.id %> photo.jpg --questions questions.txt --model llava-v1.5-7b --json",
  ];
  static override strict = false;
  static override args = { image: Args.string({ description: "picture, or - for standard input" }) };
  static override flags = {
    questions: Flags.string({
      description: "file of questions, one a line, each asked by itself; - for standard input",
      helpGroup: INPUTS,
      helpValue: "FILE",
    }),
    ...modelFlags(),
    ...answerFlags,
  };

  async run(): Promise<Asked | undefined> {
    const { argv, flags } = await this.parse(Ask);
    const model = requireModel(flags, this.fetchFolder);
    const { images, question } = await splitWords(argv as string[], flags.questions !== undefined);
    const questions = flags.questions === undefined ? question : await readQuestions(flags.questions);
    if (questions === undefined) this.requireSession(images);
    const vlm = await loadVlm(model, {
      ...{ conversation: flags.conv, device: flags.device, dtype: flags.dtype, threads: flags.threads },
      ...{ contextLength: flags.context, cacheFolder: this.config.cacheDir },
      ...{ signal: this.signal, onProgress: this.progress, onNote: (note: string) => this.remark(note) },
    });
    try {
      for (const warning of vlm.warnings) this.note(`warning: ${warning}`);
      const answer: AskOptions = {
        ...{ maxNewTokens: flags["max-new-tokens"], temperature: flags.temperature, topP: flags["top-p"] },
        ...{ seed: flags.seed, system: flags.system },
      };
      const shown: VlmImage[] = [];
      for (const { name, image } of images) {
        this.progress({ stage: `looking at ${name}`, done: 0, total: 0 });
        shown.push(await vlm.open(image, name));
      }
      this.endProgress();
      if (questions !== undefined) return await this.ask(vlm, shown, questions, answer);
      await this.chat(vlm, shown, answer);
      return undefined;
    } finally {
      await vlm.dispose();
    }
  }

  private async ask(
    vlm: Vlm,
    images: readonly VlmImage[],
    questions: readonly string[],
    options: AskOptions,
  ): Promise<Asked> {
    const answers: Asked["answers"][number][] = [];
    for (const question of questions) {
      if (questions.length > 1 && !this.jsonEnabled())
        this.log(`${answers.length > 0 ? "\n" : ""}${PROMPT}${shownText(question)}`);
      const onToken = (piece: string): void => {
        this.endProgress();
        if (!this.jsonEnabled()) process.stdout.write(shownText(piece));
      };
      this.progress(PREFILL);
      const { text, finish, prompt, tokens, seconds } = await vlm.ask(images, question, {
        ...options,
        onToken,
        signal: this.signal,
      });
      this.endProgress();
      if (!this.jsonEnabled()) this.log();
      const counts = { promptTokens: prompt.tokens, cachedTokens: prompt.cached, answerTokens: tokens };
      answers.push({ question, text, finish, ...counts, seconds });
    }
    return { model: vlm.name, images: images.map(({ name }) => name), answers };
  }

  private chat(vlm: Vlm, images: readonly VlmImage[], answer: AskOptions): Promise<void> {
    return runChatSession({
      ...{ vlm, images, answer, input: process.stdin, output: process.stdout, signal: this.signal },
      terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
      note: (line) => this.noteLines(line),
      onPrefill: () => this.progress(PREFILL),
      onAnswer: () => this.endProgress(),
    });
  }

  private noteLines(text: string): void {
    for (const line of text.split("\n")) this.note(line);
  }

  private requireSession(images: readonly { readonly name: string }[]): void {
    if (this.jsonEnabled()) throw new UsageError("--json: a session has no one result; give a question or --questions");
    if (images.some(({ name }) => name === STANDARD_INPUT)) {
      throw new InputError(
        "-: the picture takes standard input, where a session's questions come from; give a question",
      );
    }
  }
}

const PROMPT = "> ";

/** What a model does before the first token of an answer. */
const PREFILL = { stage: "reading the question", done: 0, total: 0 };
