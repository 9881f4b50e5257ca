import type { Answerer } from "../../src/vlm/answerer.js";

export interface FakeAnswerer extends Answerer<string> {
  readonly calls: { decoded: number; blanks: number; opened: number; answered: number; disposed: number };
}

export function fakeAnswerer(options?: { delayMs?: number; identity?: Readonly<Record<string, string>> }): FakeAnswerer;
