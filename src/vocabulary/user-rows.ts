import { InputError } from "../errors.js";

/** `--override TOKEN=TEXT`: the row of TOKEN is made of the target's tokens for TEXT. */
export interface Override {
  readonly token: string;
  readonly text: string;
}

/** One line of a mapping file: `weight` times the row of `target` is added to the row of `source`. */
export interface MappingLine {
  readonly source: string;
  readonly target: string;
  readonly weight: number;
  /** "file:line", for errors. */
  readonly place: string;
}

/** Splits at the first "=" after the first character, so that the token "=" itself can be named. */
export function parseOverride(argument: string): Override {
  const split = argument.indexOf("=", 1);
  if (split < 0 || split === argument.length - 1) {
    throw new InputError(
      `--override: ${JSON.stringify(argument)} is not TOKEN=TEXT, such as 'Ġcolour= color'; awkward tokens go into a --mapping file`,
    );
  }
  return { token: argument.slice(0, split), text: argument.slice(split + 1) };
}

/**
 * Parses a mapping file: per line a source token, a target token (both JSON strings) and a weight (1 when left out),
 * parted by tabs; empty lines and lines that start with # are passed over. Several lines of one source token add up.
 *
 * @throws InputError with file and line
 */
export function parseMapping(text: string, path: string): MappingLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    return [parseMappingLine(line, `${path}:${index + 1}`)];
  });
}

function parseMappingLine(line: string, place: string): MappingLine {
  const fields = line.split("\t");
  if (fields.length !== 2 && fields.length !== 3) {
    throw new InputError(
      `${place}: has ${fields.length} fields, expected: "source token" TAB "target token" TAB weight`,
    );
  }
  const [source, target, weight] = fields as [string, string, string?];
  return {
    source: parseToken(source, place),
    target: parseToken(target, place),
    weight: parseWeight(weight, place),
    place,
  };
}

function parseToken(field: string, place: string): string {
  try {
    const token = JSON.parse(field) as unknown;
    if (typeof token === "string") return token;
  } catch {
    // The message below is the same for text that is no JSON and for JSON that is no string.
  }
  throw new InputError(`${place}: ${field} is no token; tokens are JSON strings, such as "Ġthe" or "\\n"`);
}

function parseWeight(field: string | undefined, place: string): number {
  const weight = field === undefined ? 1 : Number(field);
  if (field?.trim() === "" || !Number.isFinite(weight) || weight === 0) {
    throw new InputError(`${place}: the weight is ${JSON.stringify(field)}, expected a number that is not 0`);
  }
  return weight;
}
