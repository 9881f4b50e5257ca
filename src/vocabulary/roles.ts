/**
 * What a control token does, by its name. Names are compared without their brackets and bars, so that `<|endoftext|>` and
 * `<｜end▁of▁sentence｜>` are equal. A turn opens with `<|im_start|>` in ChatML where Llama-3 has `<|start_header_id|>`.
 */
const NAMES_OF_ROLE: Readonly<Record<string, readonly string[]>> = {
  "begin-of-text": ["s", "bos", "begin_of_text", "startoftext", "start_of_text", "begin_of_sentence"],
  "end-of-text": ["/s", "eos", "end_of_text", "endoftext", "end_of_sentence"],
  pad: ["pad", "finetune_right_pad_id"],
  unk: ["unk"],
  cls: ["cls"],
  sep: ["sep"],
  mask: ["mask"],
  "header-start": ["start_header_id", "im_start", "start_of_turn", "start_of_role"],
  "header-end": ["end_header_id", "end_of_role"],
  "turn-end": ["eot_id", "im_end", "end_of_turn", "end"],
  "message-end": ["eom_id"],
  "role-system": ["system"],
  "role-user": ["user"],
  "role-assistant": ["assistant"],
  image: ["image", "image_pad"],
  "image-start": ["vision_start", "start_of_image", "image_start"],
  "image-end": ["vision_end", "end_of_image", "image_end"],
  video: ["video", "video_pad"],
  "fim-prefix": ["fim_prefix", "fim_begin", "pre"],
  "fim-middle": ["fim_middle", "fim_hole", "mid"],
  "fim-suffix": ["fim_suffix", "fim_end", "suf"],
  "fim-pad": ["fim_pad"],
};

const ROLE_OF_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_OF_ROLE).flatMap(([role, names]) => names.map((name) => [name, role] as const)),
);

/** `<|name|>`, `<name>`, `</name>`, `[NAME]`, and DeepSeek's fullwidth bars. */
const CONTROL = /^(?:<[|｜]?|\[)(\/?[\p{L}\p{N}_▁:.-]+)(?:[|｜]?>|\])$/u;

const RESERVED =
  /^[<[][|｜]?(?:reserved|placeholder|place▁holder|dummy|extra(?!_id)|special|control)(?:[_▁][a-z_▁]*)?\d+[|｜]?[>\]]$/i;
/** BERT's `[unused1]`, Gemma's `<unused1>`, Falcon's `>>UNUSED_1<<`, and the padding that fairseq left in RoBERTa. */
const UNUSED = /^(?:<\|?|\[|>>)unused[_-]?\d+(?:\|?>|\]|<<)$|^madeupword\d+$/i;

export const looksReserved = (spelling: string): boolean => RESERVED.test(spelling);
export const looksUnused = (spelling: string): boolean => spelling === "" || UNUSED.test(spelling);
export const looksLikeControl = (spelling: string): boolean => CONTROL.test(spelling);

/** Whether the spelling names one of the roles of the table, such as `</s>`. */
export const namesKnownRole = (spelling: string): boolean => ROLE_OF_NAME.has(bareName(spelling));

/** The role of a control token. A name outside the table is its own role, so that equal names still match. */
export function roleOfName(spelling: string): string {
  const name = bareName(spelling);
  return ROLE_OF_NAME.get(name) ?? name;
}

function bareName(spelling: string): string {
  const inner = CONTROL.exec(spelling)?.[1] ?? spelling;
  return inner.replaceAll("▁", "_").toLowerCase();
}
