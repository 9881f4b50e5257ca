import { Refusal } from "./python-error.js";

/**
 * Characters and list items that a template may make while it is rendered, those that it drops again included. The longest
 * of 75 real templates makes some 200,000 for a conversation of five turns.
 */
const MAX_MADE = 64_000_000;

let left = Infinity;

/** Renders within a fresh budget; the work is synchronous, so one number serves. */
export function withinBudget<T>(work: () => T): T {
  left = MAX_MADE;
  try {
    return work();
  } finally {
    left = Infinity;
  }
}

/** Takes so many characters or items off the budget. */
export function spend(count: number): void {
  left -= count;
  if (left < 0) throw new Refusal(`it makes more than ${MAX_MADE / 1e6} million characters and items`);
}

/** A text that was made, paid for. */
export function made(text: string): string {
  spend(text.length);
  return text;
}
