import { basename } from "node:path";
import { InputError } from "../src/errors.js";
import { isFile } from "../src/files/look.js";
import { readTextFile } from "../src/files/json-file.js";
import type { ImageInput } from "../src/vlm/vlm.js";

/** What errors and results call a picture or questions from standard input. */
export const STANDARD_INPUT = "standard input";

export interface NamedImage {
  readonly name: string;
  readonly image: ImageInput;
}

/** Endings of the files that can be decoded. */
const PICTURE = /\.(?:jpe?g|png|webp|gif)$/i;

/**
 * Tells the pictures of a command line from the question behind them, which is the last word unless it is a file.
 *
 * @throws InputError for a last word that can only be meant as a picture and is no file
 */
export async function splitWords(
  words: readonly string[],
  allArePictures: boolean,
): Promise<{ images: NamedImage[]; question: readonly string[] | undefined }> {
  const last = words.at(-1);
  const isPicture = last === undefined || allArePictures || last === "-" || (await namesFile(last));
  if (!isPicture && PICTURE.test(last) && !/\s/.test(last)) throw new InputError(`${last}: no such file`);
  const pictures = isPicture ? words : words.slice(0, -1);
  const images: NamedImage[] = [];
  for (const word of pictures) images.push(word === "-" ? await pictureFromInput() : { name: word, image: word });
  return { images, question: isPicture ? undefined : [last] };
}

/** A question can be longer than the name of any file. */
const namesFile = async (word: string): Promise<boolean> =>
  Buffer.byteLength(basename(word)) <= LONGEST_NAME && (await isFile(word));

/** Bytes of a file's name, on all file systems in use. */
const LONGEST_NAME = 255;

/**
 * Questions of a file, one a line; empty lines are passed over.
 *
 * @throws InputError when it cannot be read or holds none
 */
export async function readQuestions(file: string): Promise<readonly string[]> {
  const text = file === "-" ? (await readInput()).toString("utf8") : await readTextFile(file);
  const questions = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (questions.length > 0) return questions;
  throw new InputError(`${file === "-" ? STANDARD_INPUT : file}: holds no question`);
}

async function pictureFromInput(): Promise<NamedImage> {
  const image = await readInput();
  if (image.length > 0) return { name: STANDARD_INPUT, image };
  throw new InputError("-: standard input is empty, expected a picture");
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
