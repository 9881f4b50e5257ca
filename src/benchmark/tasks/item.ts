import { InputError } from "../../errors.js";

/** Where the image of a question is: a file below the image folder, or inside a data file. */
export interface ImageSource {
  /** Equal keys mean equal images; questions of one key share a vision pass and a prefix. */
  readonly key: string;
  readonly file: string | null;
  readonly embedded: EmbeddedImage | null;
}

/** An image inside a data file: what reads its bytes, or base64 text at a byte range. */
export type EmbeddedImage = { readonly read: () => Promise<Uint8Array> } | Base64Image;

interface Base64Image {
  readonly path: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** One question of a benchmark. */
export interface Item<Truth> {
  /** The question id as the data file spells it. */
  readonly questionId: string | number;
  /** Names the question in its data set, also where a question id occurs more than once. */
  readonly key: string;
  /** Null for a question without a picture. */
  readonly image: ImageSource | null;
  /** What the model is asked, in LLaVA's wording, without the place of the image unless `placesImage`. */
  readonly prompt: string;
  /** Whether the prompt marks the place of its image itself. */
  readonly placesImage: boolean;
  /** Answers whose likelihoods are wanted; empty where answers are generated alone. */
  readonly choices: readonly string[];
  /** Whether the likeliest choice is the answer and none is generated. */
  readonly onlyRanked: boolean;
  /** The prompt as LLaVA writes it into answer files, where it differs from `prompt`. */
  readonly recordedPrompt: string;
  readonly category: string;
  /** Its group; the bootstrap draws the questions of a group together. */
  readonly group: string;
  /** Null when the annotation files do not cover the question; it is then asked and not scored. */
  readonly truth: Truth | null;
  /** Further fields of LLaVA's answer lines for this benchmark. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An item before its key is known. */
export type ItemDraft<Truth> = Pick<Item<Truth>, "questionId" | "image" | "prompt" | "truth"> &
  Partial<
    Pick<Item<Truth>, "recordedPrompt" | "placesImage" | "choices" | "onlyRanked" | "category" | "group" | "extra">
  >;

/** An image file below the image folder. */
export const imageFile = (file: string): ImageSource => ({ key: file, file, embedded: null });

/**
 * Gives every draft its key: the question id. Where ids repeat (MME asks two questions under one id, TextVQA uses the image's
 * id) it is the question id and the bare question.
 *
 * @throws InputError when that does not tell two rows apart
 */
export function toItems<Truth>(
  file: string,
  drafts: readonly ItemDraft<Truth>[],
  bareQuestion: (prompt: string) => string = (prompt) => prompt,
): ItemList<Truth> {
  const repeated = repeatedIds(drafts.map((draft) => String(draft.questionId)));
  const keyOf = (questionId: string, prompt: string): string =>
    repeated.has(questionId) ? `${questionId}\n${bareQuestion(prompt)}` : questionId;
  const rowOfKey = new Map<string, number>();
  const items = drafts.map((draft, row) => {
    const item = completeItem(draft, keyOf);
    const earlier = rowOfKey.get(item.key);
    if (earlier !== undefined) {
      throw new InputError(
        `${file}: rows ${earlier + 1} and ${row + 1} have the same question id ${draft.questionId} and question; ids must tell rows apart`,
      );
    }
    rowOfKey.set(item.key, row);
    return item;
  });
  return { items, rowOfKey, keyOf };
}

/** The items in the order of the question file, and the item that an answer belongs to. */
export interface ItemList<Truth> {
  readonly items: readonly Item<Truth>[];
  readonly rowOfKey: ReadonlyMap<string, number>;
  /** The key of an answer with this question id and prompt. */
  readonly keyOf: (questionId: string, prompt: string) => string;
}

function completeItem<Truth>(draft: ItemDraft<Truth>, keyOf: ItemList<Truth>["keyOf"]): Item<Truth> {
  const recordedPrompt = draft.recordedPrompt ?? draft.prompt;
  return {
    questionId: draft.questionId,
    key: keyOf(String(draft.questionId), recordedPrompt),
    image: draft.image,
    prompt: draft.prompt,
    recordedPrompt,
    placesImage: draft.placesImage ?? false,
    choices: draft.choices ?? [],
    onlyRanked: draft.onlyRanked ?? false,
    category: draft.category ?? "default",
    group: draft.group ?? draft.image?.key ?? `question ${draft.questionId}`,
    truth: draft.truth,
    extra: draft.extra ?? NO_EXTRA,
  };
}

const NO_EXTRA: Readonly<Record<string, unknown>> = {};

function repeatedIds(ids: readonly string[]): ReadonlySet<string> {
  const once = new Set<string>();
  const repeated = new Set<string>();
  for (const id of ids) (once.has(id) ? repeated : once).add(id);
  return repeated;
}
