/** What the official training script needs to know of a transferred adapter. */
export interface OfficialTraining {
  /** mm_projector.bin, the matrix .pt and the vocabulary, as file names inside the folder. */
  readonly projectorFile: string;
  readonly matrixFile: string;
  readonly folder: string;
  readonly llm: string;
  readonly rows: number;
  readonly mlpHiddenSize: number;
  readonly visionTower: string | undefined;
  readonly selectLayer: number | undefined;
}

/**
 * The flags that continue training from the adapter with the official `llava/train/train_mem.py`, one per line, to be
 * pasted behind the launcher. Source: CurryX-001/LangBridge, scripts/train.
 */
export function officialTrainingFlags(training: OfficialTraining): string {
  const inFolder = (name: string): string => `${training.folder}/${name}`;
  const flags: readonly (readonly [string, string | number | undefined])[] = [
    ["--model_name_or_path", training.llm],
    ["--mm_projector_type", "mm_vocab"],
    ["--mm_vocab_size", training.rows],
    ["--mlp_hidden_size", training.mlpHiddenSize],
    ["--mm_vocab_matrix", inFolder(training.matrixFile)],
    ["--pretrain_mm_mlp_adapter", inFolder(training.projectorFile)],
    ["--vision_tower", training.visionTower],
    ["--mm_vision_select_layer", training.selectLayer],
  ];
  const given = flags.filter(([, value]) => value !== undefined);
  return ["llava/train/train_mem.py", ...given.map(([flag, value]) => `  ${flag} ${shellWord(String(value))}`)].join(
    " \\\n",
  );
}

/** Quotes a word where a POSIX shell would split or expand it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
