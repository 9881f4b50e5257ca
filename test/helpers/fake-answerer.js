import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** Answers yes or no by a hash of image and question; counts what it is asked to do. */
export function fakeAnswerer({ delayMs = 0, identity = { model: "fake" } } = {}) {
  const calls = { decoded: 0, blanks: 0, opened: 0, answered: 0, disposed: 0 };
  return {
    name: "fake",
    identity,
    calls,
    promptOf: (question, { image }) => (image ? `<image>\n${question}` : question),
    async decode(bytes) {
      calls.decoded += 1;
      return Buffer.from(bytes).toString("hex");
    },
    async blank() {
      calls.blanks += 1;
      return "zero";
    },
    async open(image) {
      calls.opened += 1;
      return {
        seconds: { vision: 0.001, prefill: 0.002 },
        async answer(prompt) {
          if (delayMs > 0) await sleep(delayMs);
          calls.answered += 1;
          const odd = createHash("sha256").update(`${image} ${prompt}`).digest()[0] % 2 === 1;
          return {
            text: odd ? "Yes" : "No",
            tokens: 2,
            seconds: { prefill: 0.001, tokens: 0.003 },
          };
        },
        async dispose() {
          calls.disposed += 1;
        },
      };
    },
  };
}
