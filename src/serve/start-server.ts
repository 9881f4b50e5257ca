import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { InputError, UnavailableError } from "../errors.js";
import { chatApp, type ChatAppOptions } from "./chat-app.js";

export type { ServedRequest } from "./chat-app.js";

export interface StartServerOptions extends ChatAppOptions {
  /** Address to listen on; 127.0.0.1 lets this machine in alone. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** Ends it and what it is answering. */
  close(): Promise<void>;
}

/**
 * Serves a model by OpenAI's protocol: /v1/chat/completions, /v1/models and /health.
 *
 * @throws UnavailableError for an address that cannot be listened on
 * @throws InputError for an address of other machines without an API key
 */
export async function startServer({ host, port, ...options }: StartServerOptions): Promise<RunningServer> {
  if (!LOCAL.has(host) && options.apiKey === undefined) {
    throw new InputError(`--host ${host}: other machines could ask without a key; give one with --api-key`);
  }
  const server = createAdaptorServer({ fetch: chatApp(options).fetch }) as Server;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new UnavailableError(
      `${host}:${port}: cannot be listened on (${(error as NodeJS.ErrnoException).code}); choose another --port`,
      {
        cause: error,
      },
    );
  }
  const { port: taken } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, "close");
  };
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`, close };
}

/** Addresses that only this machine reaches. */
const LOCAL = new Set(["127.0.0.1", "::1", "localhost"]);
