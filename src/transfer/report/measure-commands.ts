/** What a transfer was made of and where it lies, as the user names it; a name in capitals stands for what is not known. */
export interface MeasuredFolders {
  readonly adapter: string;
  readonly source?: string | undefined;
  readonly target: string;
  readonly vision?: string | undefined;
  readonly output: string;
}

/** The two commands that measure what a transfer keeps: the adapter before it, and then after it beside that. */
export function measureCommands({
  adapter,
  source = "SOURCE_LLM",
  target,
  vision = "VISION_TOWER",
  output,
}: MeasuredFolders): readonly string[] {
  const run = (model: string, llm: string, rest: string): string =>
    `langbridge eval --benchmark NAME --data DIR --adapter ${quoted(model)} --llm ${quoted(llm)} --vision ${quoted(vision)} ${rest}`;
  return [
    run(adapter, source, "--output before"),
    run(output, target, "--output after --baseline before/results.json"),
  ];
}

/** The command that makes an ordinary projector of a transfer, which other software takes. */
export function distilCommand({ adapter, source, target, vision = "VISION_TOWER", output }: MeasuredFolders): string {
  const known = source === undefined ? "" : ` --source ${quoted(source)}`;
  const folder = output === "." ? "DIR" : quoted(`${output.replace(/[/\\]+$/, "")}-mlp`);
  return `langbridge transfer ${quoted(adapter)} ${quoted(target)}${known} --projector mlp --images PICTURES --vision ${quoted(vision)} --output ${folder}`;
}

/** As a POSIX shell takes it for one word. */
const quoted = (word: string): string => (/^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
