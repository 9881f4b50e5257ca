/** What a transfer was made of and where it lies, as the user names it; a name in capitals stands for what is not known. */
export interface MeasuredFolders {
  readonly adapter: string;
  readonly source?: string | undefined;
  readonly target: string;
  readonly vision?: string | undefined;
  /** File of features, in place of the vision tower. */
  readonly features?: string | undefined;
  readonly output: string;
  /**
   * File of the adapter's vocabulary matrix, where it lies apart; null where the adapter has none at all, so that it runs only once its rows
   * are taken from the source.
   */
  readonly matrixFile?: string | null | undefined;
}

/** The commands that measure what a transfer keeps: the adapter before it, and then after it beside that. */
export function measureCommands({
  adapter,
  source = "SOURCE_LLM",
  target,
  output,
  matrixFile,
  ...seen
}: MeasuredFolders): readonly string[] {
  const run = (model: string, llm: string, rest: string): string =>
    `langbridge eval --benchmark NAME --data DIR --adapter ${quoted(model)} --llm ${quoted(llm)} ${towerFlag(seen)} ${rest}`;
  const own = "own"; // The adapter with the rows of its own LLM.
  const matrix = matrixFile ? `--vocab-matrix ${quoted(matrixFile)} ` : "";
  return [
    ...(matrixFile === null
      ? [
          `langbridge transfer ${quoted(adapter)} ${quoted(source)} --source ${quoted(source)} --align none --output ${own}`,
        ]
      : []),
    run(matrixFile === null ? own : adapter, source, `${matrix}--output before`),
    run(output, target, "--output after --baseline before/results.json"),
  ];
}

/** The command that makes an ordinary projector of a transfer, which other software takes. */
export function distilCommand({ adapter, source, target, output, ...seen }: MeasuredFolders): string {
  const known = source === undefined ? "" : ` --source ${quoted(source)}`;
  const folder = output === "." ? "DIR" : quoted(`${output.replace(/[/\\]+$/, "")}-mlp`);
  return `langbridge transfer ${quoted(adapter)} ${quoted(target)}${known} --projector mlp ${seen.features === undefined ? "--images PICTURES " : ""}${towerFlag(seen)} --output ${folder}`;
}

/** The flag of what sees, or of the features that were made elsewhere. */
const towerFlag = ({ vision = "VISION_TOWER", features }: Pick<MeasuredFolders, "vision" | "features">): string =>
  features === undefined ? `--vision ${quoted(vision)}` : `--features ${quoted(features)}`;

/** As a POSIX shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
