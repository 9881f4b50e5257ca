import { once } from "node:events";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.js";
import { INPUTS, RUNNING } from "../cli/flag-groups.js";
import { modelFlags, requireModel } from "../cli/model-flags.js";
import { startServer, type RunningServer, type ServedRequest } from "../src/serve/start-server.js";
import { loadVlm, type Vlm } from "../src/vlm/vlm.js";

const MB = 1_000_000;

export default class Serve extends BaseCommand {
  static override summary = "Answer questions about pictures over HTTP, as OpenAI's chat completions.";
  static override description =
    "Serves one model at /v1/chat/completions, with pictures as data URLs, streaming and several turns; /v1/models names it and /health says " +
    "whether it is loaded. Requests are answered one after another; those about one picture share its prefix. Ctrl-C ends the server.";
  static override usage = ["<%= command.id %> (--adapter DIR --llm DIR --vision DIR | --model DIR) [--port N] [flags]"];
  static override examples = [
    "<%= config.bin %> <%= command.id %> --model llava-v1.5-7b",
    "<%= config.bin %> <%= command.id %> --adapter adapter --llm Qwen/Qwen2.5-7B-Instruct --vision openai/clip-vit-large-patch14-336 --port 8080 --images photos",
  ];
  static override enableJsonFlag = false;
  static override flags = {
    ...modelFlags(),
    images: Flags.string({
      description: "folder below which requests may name files; without it pictures come as data URLs alone",
      helpGroup: INPUTS,
      helpValue: "DIR",
    }),
    host: Flags.string({
      default: "127.0.0.1",
      description: "address to listen on; others than this machine's own need --api-key",
      helpGroup: RUNNING,
      helpValue: "ADDRESS",
    }),
    port: Flags.integer({
      min: 0,
      max: 65_535,
      default: 8000,
      description: "port to listen on; 0 takes one that is free",
      helpGroup: RUNNING,
      helpValue: "N",
    }),
    "api-key": Flags.string({
      env: "LANGBRIDGE_API_KEY",
      noCacheDefault: true,
      description:
        "what requests have to bring as bearer; LANGBRIDGE_API_KEY in the environment is not seen by other users",
      helpGroup: RUNNING,
      helpValue: "KEY",
    }),
    name: Flags.string({
      description: "what requests call the model; the names of its folders when left out",
      helpGroup: RUNNING,
      helpValue: "NAME",
    }),
    "max-new-tokens": Flags.integer({
      min: 1,
      default: 1024,
      description: "longest answer, and that of requests which name none",
      helpGroup: RUNNING,
      helpValue: "N",
    }),
    "max-queue": Flags.integer({
      min: 1,
      default: 64,
      description: "requests that are answered or wait at once; more get 503",
      helpGroup: RUNNING,
      helpValue: "N",
    }),
    "max-request": Flags.integer({
      min: 1,
      default: 64,
      description: "largest request, in MB",
      helpGroup: RUNNING,
      helpValue: "MB",
    }),
    kept: Flags.integer({
      min: 1,
      max: 64,
      default: 4,
      description: "prompts that are kept to be gone on from, each with memory for --context",
      helpGroup: RUNNING,
      helpValue: "N",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const model = requireModel(flags, this.fetchFolder);
    let vlm: Vlm | undefined;
    let server: RunningServer | undefined;
    try {
      // First, or a port that is taken is known after minutes of loading.
      server = await startServer({
        ...{ host: flags.host, port: flags.port, apiKey: flags["api-key"], images: flags.images },
        ...{ maxRequestBytes: flags["max-request"] * MB, maxQueue: flags["max-queue"] },
        ...{ maxNewTokens: flags["max-new-tokens"], name: () => flags.name ?? vlm?.name ?? "" },
        ...{ vlm: () => vlm, onRequest: (request) => this.remark(requestLine(request)) },
      });
      this.remark(`${server.url}: loads the model`);
      vlm = await loadVlm(model, {
        ...{ conversation: flags.conv, device: flags.device, dtype: flags.dtype, threads: flags.threads },
        ...{ contextLength: flags.context, keptPrompts: flags.kept, cacheFolder: this.config.cacheDir },
        ...{ signal: this.signal, onProgress: this.progress, onNote: (note: string) => this.remark(note) },
      });
      for (const warning of vlm.warnings) this.note(`warning: ${warning}`);
      this.endProgress();
      this.remark(`${server.url}/v1: serves ${flags.name ?? vlm.name}; Ctrl-C ends it`);
      if (!this.signal.aborted) await once(this.signal, "abort");
    } finally {
      await server?.close();
      await vlm?.dispose();
    }
  }
}

/** "POST /v1/chat/completions 200 0.31 s 53 + 12 tokens, 40 kept" */
function requestLine({ method, path, status, seconds, reply }: ServedRequest): string {
  const line = `${method} ${path} ${status} ${seconds.toFixed(2)} s`;
  if (reply === undefined) return line;
  return `${line} ${reply.prompt.tokens} + ${reply.tokens} tokens, ${reply.prompt.cached} kept`;
}
