import { join } from "node:path";
import { InputError } from "../../errors.js";
import { exists } from "../../files/look.js";
import { forEachLine } from "../../files/lines.js";
import { PositionedFile } from "../../files/positioned-file.js";
import { writeFileAtomically } from "../../files/file-writer.js";
import { parseAnswer, type Answer } from "../scoring/answers.js";
import type { Dataset } from "../tasks/benchmark.js";

/** Where the answer to a question lies. */
interface Place {
  readonly path: string;
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly text: string;
  readonly missingImage: boolean;
}

/** The answers given so far, by row, in whatever file they are. */
export class AnswerPlaces {
  private readonly places = new Map<number, Place>();

  constructor(private readonly dataset: Dataset<unknown>) {}

  /** Whether the question is done: it was answered, or passed over because its image is missing. */
  has(row: number): boolean {
    return this.places.has(row);
  }

  /** Whether the question was passed over; it is asked once its image is there. */
  wasPassedOver(row: number): boolean {
    return this.places.get(row)?.missingImage ?? false;
  }

  /**
   * Reads a work file. A last line without its line end is passed over.
   *
   * @throws InputError for a broken line before it and for a question that another file answers otherwise
   */
  async read(path: string, visit: (answer: Answer) => void): Promise<void> {
    if (!(await exists(path))) return;
    let torn: { line: Buffer; number: number; byteOffset: number } | null = null;
    const take = (): void => {
      if (torn === null) return;
      this.add(path, torn.line.toString("utf8"), torn.number, torn.byteOffset, torn.line.length, visit);
    };
    const digest = await forEachLine(path, (line, number, byteOffset) => {
      take();
      torn = { line: Buffer.from(line), number, byteOffset };
    });
    const last = torn as { line: Buffer; byteOffset: number } | null;
    if (last !== null && last.byteOffset + last.line.length < digest.bytes) take();
  }

  private add(
    path: string,
    line: string,
    number: number,
    byteOffset: number,
    byteLength: number,
    visit: (answer: Answer) => void,
  ): void {
    const answer = parseAnswer(line, this.dataset, `${path}: line ${number}`);
    const earlier = this.places.get(answer.row);
    if (earlier === undefined || (earlier.missingImage && !answer.missingImage)) {
      const { text, missingImage } = answer;
      this.places.set(answer.row, { path, byteOffset, byteLength, text, missingImage });
      visit(answer);
      return;
    }
    if (answer.missingImage || earlier.text === answer.text) return;
    throw new InputError(
      `${path}: line ${number}: answers question ${this.dataset.items[answer.row]!.questionId} otherwise than ${earlier.path}; the two are not of one run`,
    );
  }

  /** Writes the answers to `rows`, in that order, to `path`, whole or not at all; rows without one are left out. */
  async write(path: string, rows: readonly number[]): Promise<void> {
    const files = new Map<string, PositionedFile>();
    try {
      for (const { path: from } of this.places.values()) {
        if (!files.has(from)) files.set(from, await PositionedFile.open(from));
      }
      await writeFileAtomically(path, async (writer) => {
        for (const row of rows) {
          const place = this.places.get(row);
          if (place === undefined) continue;
          await writer.append(await files.get(place.path)!.read(place.byteOffset, place.byteLength));
          await writer.append(LINE_END);
        }
      });
    } finally {
      for (const file of files.values()) await file.close();
    }
  }
}

const LINE_END = Buffer.from("\n");

/** Every answer in the work files of these folders. */
export async function gatherAnswers(
  dataset: Dataset<unknown>,
  workFiles: readonly string[],
  visit: (answer: Answer) => void = () => undefined,
): Promise<AnswerPlaces> {
  const places = new AnswerPlaces(dataset);
  for (const path of workFiles) await places.read(path, visit);
  return places;
}

export const ANSWERS_FILE = "answers.jsonl";

/** The file that a finished run leaves: all answers in the order of the question file. */
export const answersFile = (folder: string): string => join(folder, ANSWERS_FILE);
