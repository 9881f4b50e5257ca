import type { Hook } from "@oclif/core";
import { printable } from "../src/layout/table.js";
import { didYouMean } from "./did-you-mean.js";

/** One line for a command that there is not, with the one that may have been meant; exit code 2, as for other wrong command lines. */
const commandNotFound: Hook.CommandNotFound = ({ id, config }) => {
  // All words in a row, of which the first, or the first two of a topic, are the command.
  const known = config.commands.flatMap(({ hidden, id: own }) => (hidden ? [] : [own.replaceAll(":", " ")]));
  const words = id.split(":");
  const typed = words.slice(0, known.includes(words[0]!) ? 2 : 1).join(" ");
  const hint = didYouMean(typed, known) || `; expected one of ${known.sort().join(", ")}`;
  process.stderr.write(`${printable(`langbridge: ${typed}: no such command${hint}`)}\n`);
  process.exitCode = 2;
  return Promise.resolve();
};

export default commandNotFound;
