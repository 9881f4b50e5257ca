/** What the official training script needs to know of a transferred adapter. */
export interface OfficialTraining {
  /** mm_projector.bin, as a file name inside the folder. */
  readonly projectorFile: string;
  readonly folder: string;
  readonly llm: string;
  readonly projector: TrainedProjector;
  readonly visionTower: string | undefined;
  readonly selectLayer: number | undefined;
  /** Which vectors of a hidden state are taken; the training code takes the patches alone when left out. */
  readonly selectFeature?: string | undefined;
}

/** A projector as the training script builds it; the sizes of an ordinary one are those of tower and LLM. */
export type TrainedProjector =
  | { readonly kind: "mm_vocab"; readonly rows: number; readonly mlpHiddenSize: number; readonly matrixFile: string }
  | { readonly kind: "mlp2x_gelu" | "linear" };

type Flag = readonly [name: string, value: string | number | undefined];

/**
 * The flags that continue training from the adapter with the official `llava/train/train_mem.py`, one per line, to be
 * pasted behind the launcher. Source: CurryX-001/LangBridge, scripts/train, and
 * haotian-liu/LLaVA, scripts/v1_5/finetune.sh, for an ordinary projector.
 */
export function officialTrainingFlags(training: OfficialTraining): string {
  const inFolder = (name: string): string => `${training.folder}/${name}`;
  const { projector } = training;
  const ofVocabulary: readonly Flag[] =
    projector.kind === "mm_vocab"
      ? [
          ["--mm_vocab_size", projector.rows],
          ["--mlp_hidden_size", projector.mlpHiddenSize],
          ["--mm_vocab_matrix", inFolder(projector.matrixFile)],
        ]
      : [];
  const flags: readonly Flag[] = [
    ["--model_name_or_path", training.llm],
    ["--mm_projector_type", projector.kind],
    ...ofVocabulary,
    ["--pretrain_mm_mlp_adapter", inFolder(training.projectorFile)],
    ["--vision_tower", training.visionTower],
    ["--mm_vision_select_layer", training.selectLayer],
    ["--mm_vision_select_feature", training.selectFeature],
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
