import { projectorOutputSize } from "../../model/projector/projector-graph.js";
import type { ExportResult } from "../format.js";
import type { FloatDtype } from "../../tensor/dtype.js";
import type { LlavaParts } from "./llava-parts.js";
import { LEAVES_PICTURES_VERSION } from "./llava-config.js";
import { hiddenUnits } from "./llava-projector.js";
import type { RenamedTensor } from "./llava-tensors.js";

/** What was decided on the way, one line each; `loadedAs` is the dtype that config.json names. */
export function describeParts(
  { projector, imageToken, template, seen, llm, tower }: LlavaParts,
  { dtype, loadedAs }: { readonly dtype: FloatDtype | undefined; readonly loadedAs: FloatDtype },
): string[] {
  const [units, width] = [hiddenUnits(projector), projectorOutputSize(projector)];
  const padded = units < width ? `, and ${width - units} that are zero` : "";
  return [
    `projector: ${projector.kind} as Linear, GELU, Linear of ${units} hidden units${padded}`,
    ...(llm.embeddingScale === 1
      ? []
      : [
          `scale: the vectors of pictures are multiplied by ${(projector.scale ?? 1).toPrecision(5)}, as the LLM does with those of tokens; needs transformers ${LEAVES_PICTURES_VERSION} or later, earlier ones would multiply them again`,
        ]),
    `image token: ${imageToken.token} is token ${imageToken.id}, ${ROWS[imageToken.row]}`,
    `chat template: ${template.origin}`,
    ...(dtype === undefined ? describeOtherDtypes([...tower.tensors, ...llm.tensors], loadedAs) : []),
    `images: ${seen.pads ? "padded to a square of the mean colour first (LlavaImageProcessor)" : "as the tower's own image processor takes them"}`,
  ];
}

function describeOtherDtypes(tensors: readonly RenamedTensor[], loadedAs: FloatDtype): string[] {
  const others = new Set(tensors.map(({ tensor }) => tensor.dtype).filter((dtype) => dtype !== loadedAs));
  if (others.size === 0) return [];
  return [
    `dtype: transformers loads all weights as ${loadedAs}, though some are stored as ${[...others].join(" and ")}`,
  ];
}

const ROWS: Readonly<Record<LlavaParts["imageToken"]["row"], string>> = {
  own: "the tokenizer's own",
  spare: "on a row of the embedding table that had no token",
  added: "on a row added to the embedding table, the mean of the others",
};

/** Python that asks the model about an image, to paste. */
export function usageOf(output: string): ExportResult["usage"] {
  const path = JSON.stringify(output);
  return {
    title: "in Python:",
    lines: [
      "from transformers import AutoProcessor, LlavaForConditionalGeneration",
      `processor = AutoProcessor.from_pretrained(${path})`,
      `model = LlavaForConditionalGeneration.from_pretrained(${path})`,
      'parts = [{"type": "image", "path": "photo.jpg"}, {"type": "text", "text": "What is this?"}]',
      'options = dict(add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt")',
      'inputs = processor.apply_chat_template([{"role": "user", "content": parts}], **options)',
      "answer = model.generate(**inputs.to(model.device, model.dtype), max_new_tokens=64)",
      'print(processor.decode(answer[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True))',
    ],
  };
}
