import { Flags } from "@oclif/core";
import { RUNNING } from "./flag-groups.js";
import { UsageError } from "./usage-error.js";

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new UsageError(`expected a number, got ${text}`);
};

/** How answers are made. */
export const answerFlags = {
  "max-new-tokens": Flags.integer({
    min: 1,
    default: 512,
    description: "longest answer, in tokens",
    helpGroup: RUNNING,
    helpValue: "N",
  }),
  temperature: Flags.custom<number>({ parse: (text) => Promise.resolve(number(text)) })({
    description: "0, the default, takes the likeliest token; more draws tokens, the higher the freer",
    helpGroup: RUNNING,
    helpValue: "T",
  }),
  "top-p": Flags.custom<number>({ parse: (text) => Promise.resolve(number(text)) })({
    description: "draw among the fewest tokens whose probabilities add up to P; 1 when left out",
    helpGroup: RUNNING,
    helpValue: "P",
    dependsOn: ["temperature"],
  }),
  seed: Flags.integer({
    min: 0,
    description: "seed of what is drawn: equal seeds give equal answers; 0 when left out",
    helpGroup: RUNNING,
    helpValue: "S",
    dependsOn: ["temperature"],
  }),
  system: Flags.string({
    description: "what the assistant is told first, in place of the conversation's own words",
    helpGroup: RUNNING,
    helpValue: "TEXT",
  }),
};
