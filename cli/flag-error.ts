import { stripVTControlCharacters } from "node:util";
import { Errors } from "@oclif/core";
import { didYouMean } from "./did-you-mean.js";
import { LangbridgeError } from "../src/errors.js";
import { UsageError } from "./usage-error.js";

type Rewording = readonly [pattern: RegExp, replacement: string];

/** What oclif puts around the message of an error that a flag's own parser throws. */
const WRAPPING: readonly Rewording[] = [
  [/\nSee more help with --help$/, ""],
  [/^Parsing (--\S+) \n\t/, "$1: "],
];

/** oclif's messages (@oclif/core/lib/parser/errors.js) in the words of ours: where, what was found, what was expected. */
const REWORDINGS: readonly Rewording[] = [
  ...WRAPPING,
  [/^(--\S+): Expected (.*) but received: (.*)$/s, "$1=$3: expected $2"],
  [/^Expected (.*) to be one of: /s, "$1: expected one of "],
  [/^Flag (--\S+) /, "$1: "],
  [/^Nonexistent flags?: (.*)$/s, "$1: no such flag"],
  [/^Unexpected arguments?: (.*)$/s, "$1: unexpected"],
  [/^The following errors? occurred:\s*/, ""],
  [/Missing required flag (\S+)/g, "--$1: not given"],
  [/\s*\n\s*/g, "; "],
];

/**
 * The error to show for one that a command ended with: what oclif says of flags and arguments becomes a UsageError of one
 * line, an error of a flag's own parser loses what oclif put around it, and any other passes unchanged. `flags` are the names that
 * the command knows: one near a name that was typed is offered.
 */
export function flagError(error: Error, argv: readonly string[], flags: readonly string[] = []): Error {
  if (error instanceof LangbridgeError) {
    error.message = reword(error.message, WRAPPING);
    return error;
  }
  if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return error;
  const text = missingArguments(error, argv) ?? reword(stripVTControlCharacters(error.message).trim(), REWORDINGS);
  return new UsageError(`${text}${nearFlag(text, flags)}${nearValue(text)}; see --help`, { cause: error });
}

/** Of one flag that there is not; of several nobody knows which was meant. */
function nearFlag(text: string, flags: readonly string[]): string {
  const [, typed] = /^--([^\s=]+)(?:=.*)?: no such flag$/s.exec(text) ?? [];
  return typed === undefined ? "" : didYouMean(typed, flags, "--");
}

function nearValue(text: string): string {
  const [, typed, values] = /^--\S+?=(.*): expected one of (.*)$/s.exec(text) ?? [];
  return typed === undefined ? "" : didYouMean(typed, values!.split(", "));
}

const reword = (text: string, rewordings: readonly Rewording[]): string =>
  rewordings.reduce((worded, [pattern, replacement]) => worded.replace(pattern, replacement), text);

/** oclif lists arguments as a table, and below it every flag that takes several values, given or not. */
function missingArguments(error: Error, argv: readonly string[]): string | undefined {
  if (!/^Missing \d+ required arg/.test(error.message)) return undefined;
  const names = (error as Error & { args: readonly { name: string }[] }).args.map(({ name }) => name.toUpperCase());
  const several = /\n\nNote: (.*?) allows? multiple values/s.exec(error.message)?.[1]?.split(", ") ?? [];
  const given = several.filter((flag) => argv.includes(flag));
  const swallowed = given.length === 0 ? "" : `; put arguments before ${given.join(", ")}, which takes all that follow`;
  return `${names.join(", ")}: not given${swallowed}`;
}
