import { setTimeout as sleep } from "node:timers/promises";
import { InputError, InterruptedError, LangbridgeError, UnavailableError } from "../errors.js";
import { addressOf, type HubRepository } from "./repository.js";

/** Which Hub is asked, by whom, and how patiently. */
export interface HubAccess {
  /** Such as https://huggingface.co. */
  readonly endpoint: string;
  /** Sent to the endpoint and to no other host. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The first wait before another try; the next ones double. */
  readonly retryMs?: number | undefined;
  /** How long a connection may be silent. */
  readonly silenceMs?: number | undefined;
}

/** What is asked beside the URL. */
export interface HubRequest {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: RequestInit["body"];
}

/** An answer, and the headers of those that led to it: the Hub says in its redirect what the file is. */
export interface HubAnswer {
  readonly response: Response;
  readonly said: Headers;
}

const RETRY_MS = 500;
const SILENCE_MS = 60_000;
/** Tries in a row that may fail. */
export const MOST_TRIES = 6;
/** A longer wait is the caller's to decide about. */
const MOST_WAIT_S = 120;
const MOST_REDIRECTS = 10;

/** Of answers: too early, too much, or a fault in passing. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks the Hub, or the host that it redirects to, and asks again what fails in passing. The token goes along only to the origin of the
 * endpoint: neither redirects nor links lead it elsewhere.
 *
 * @throws InputError for what the Hub refuses, with the way out
 * @throws UnavailableError when it cannot be reached
 * @throws InterruptedError once the signal fires
 */
export async function askHub(
  url: string,
  init: HubRequest,
  repository: HubRepository,
  access: HubAccess,
): Promise<HubAnswer> {
  for (let failed = 1; ; failed++) {
    const wait = waitBefore(failed, access);
    let answer: HubAnswer;
    try {
      answer = await follow(url, init, access);
    } catch (error) {
      if (error instanceof LangbridgeError) throw error;
      if (failed >= MOST_TRIES) throw unreachable(error, repository, access);
      await pause(wait, access);
      continue;
    }
    const { response } = answer;
    if (response.ok || response.status === 416) return answer;
    if (!PASSING.has(response.status) || failed >= MOST_TRIES) throw await refusal(answer, repository, access);
    const asked = retryAfter(response);
    await response.body?.cancel();
    if (asked > MOST_WAIT_S) {
      throw new UnavailableError(
        `${addressOf(repository)}: ${hostOf(access.endpoint)} answers ${response.status} and asks to wait ${asked} s; run the same again then`,
      );
    }
    await pause(Math.max(wait, asked * 1000), access);
  }
}

/** How long to wait before the next try, after `failed` in a row. */
export const waitBefore = (failed: number, { retryMs = RETRY_MS }: HubAccess): number => retryMs * 2 ** (failed - 1);

async function follow(start: string, { headers, ...init }: HubRequest, access: HubAccess): Promise<HubAnswer> {
  const origin = new URL(access.endpoint).origin;
  const said = new Headers();
  let url = new URL(start);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const own = new Headers(headers);
    own.delete("authorization");
    if (access.token !== undefined && url.origin === origin) own.set("authorization", `Bearer ${access.token}`);
    const response = await within(access, (signal) =>
      fetch(url, { ...init, headers: own, redirect: "manual", signal } as RequestInit),
    );
    // What a later host says of the file it was not asked about counts less than what the Hub said.
    for (const [name, value] of response.headers) if (!said.has(name)) said.set(name, value);
    const to = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    if (to === null) return { response, said };
    await response.body?.cancel();
    url = new URL(to, url);
    if (url.protocol !== "http:" && url.protocol !== "https:")
      throw new InputError(`${hostOf(start)}: redirects to ${url.protocol}, expected http or https`);
  }
  throw new InputError(`${hostOf(start)}: redirects ${MOST_REDIRECTS} times and more; try again later`);
}

/** A silent connection is ended, or a command would wait for ever. */
export async function within<T>(
  { signal, silenceMs = SILENCE_MS }: HubAccess,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`silent for ${silenceMs / 1000} s`)), silenceMs);
  try {
    return await work(signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]));
  } catch (error) {
    if (signal?.aborted) throw interrupted();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export const interrupted = (): InterruptedError =>
  new InterruptedError("interrupted; what was fetched is kept, the same command goes on from there");

/** Waits before another try. */
export async function pause(milliseconds: number, { signal }: HubAccess): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    throw interrupted();
  }
}

/** Seconds, or a date; 0 where nothing is said. */
function retryAfter(response: Response): number {
  const said = response.headers.get("retry-after");
  if (said === null) return 0;
  const seconds = /^\d+$/.test(said.trim()) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : 0;
}

/** Host and port, without what a URL may hold of names and passwords. */
export const hostOf = (url: string): string => new URL(url).host;

/** Why a connection failed, from the innermost cause: fetch itself says "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, code, message } = (error ?? {}) as { cause?: unknown; code?: unknown; message?: string };
  if (cause !== undefined && cause !== null) return reasonOf(cause);
  return typeof code === "string" ? code : (message ?? "unknown");
}

export function unreachable(error: unknown, repository: HubRepository, { endpoint }: HubAccess): UnavailableError {
  return new UnavailableError(
    `${addressOf(repository)}: ${hostOf(endpoint)} cannot be reached, or breaks off (${reasonOf(error)}); look at the network and at HF_ENDPOINT, then run the same again: what was fetched is kept`,
    { cause: error },
  );
}

/** What the Hub means by its refusals. Source: huggingface_hub, utils/_http.py (hf_raise_for_status): statuses and X-Error-Code. */
async function refusal(
  { response, said }: HubAnswer,
  repository: HubRepository,
  access: HubAccess,
): Promise<LangbridgeError> {
  await response.body?.cancel();
  const { status } = response;
  const what = said.get("x-error-code") ?? "";
  const name = addressOf({ ...repository, revision: undefined, path: undefined });
  const host = hostOf(access.endpoint);
  const token =
    access.token === undefined
      ? "set HF_TOKEN to a token that may read it"
      : "the token may not read it: check its rights";
  if (what === "GatedRepo" || (status === 403 && what === "")) {
    return new InputError(
      `${name}: is gated (${status}); ask for access on its page at ${host}, then ${access.token === undefined ? "set HF_TOKEN to a token of yours" : "run the same again"}`,
    );
  }
  if (status === 401 || what === "RepoNotFound") {
    return new InputError(
      `${name}: ${host} has no such repository, or shows it to some only (${status}); check the name, or ${token}`,
    );
  }
  if (what === "RevisionNotFound") {
    return new InputError(
      `${name}: has no revision ${JSON.stringify(repository.revision ?? "main")}; name a branch, a tag or a commit of it`,
    );
  }
  if (status === 404) {
    const { path } = repository;
    return new InputError(
      path === undefined
        ? `${name}: ${host} has no such repository; check the name`
        : `${name}: has no file ${JSON.stringify(path)}`,
    );
  }
  return new UnavailableError(`${name}: ${host} answers ${status}; try again later`);
}
