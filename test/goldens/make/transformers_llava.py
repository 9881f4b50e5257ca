"""Makes test/goldens/transformers-llava.json: what transformers makes of folders that `langbridge export --format hf` writes.

Made with torch 2.13.0+cpu, transformers 5.18.0, tokenizers 0.22, Pillow 12.3. After `npm run build`, from anywhere: python transformers_llava.py
Adapters, LLMs and tower are those of fixtures/small-world. Per case and question: the `prompt` of the processor's chat template, the
`ids` it becomes, the five largest `logits` of the first token by id and the greedy `answer`, all float32 on the stored bfloat16.
Tolerance of logits 1e-4 of the largest. The picture of 50 x 64 pixels shows that it is padded as LLaVA's image processor pads.
It stops when a key of a folder is missing, unexpected or of another shape.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import torch
from PIL import Image
from transformers import AutoProcessor, LlavaForConditionalGeneration

ROOT = Path(__file__).parents[3]
WORLD = ROOT / "fixtures" / "small-world"
CASES = [("qwen2", "mlp2x_gelu"), ("llama3", "paper-0"), ("llama2", "mlp2x_gelu")]
QUESTIONS = [("scene_0000.png", None, "How many objects are there in the image?"),
             ("scene_0003.png", None, "What shape is the small object?"),
             ("scene_0005.png", [50, 64], "Is there a red star in the image?")]
TOP = 5


def export(family, adapter, folder):
    subprocess.run(["node", ROOT / "bin" / "run.js", "export", WORLD / "adapters" / family / adapter, "--format", "hf", "--llm",
                    WORLD / family, "--vision", WORLD / "vision", "--output", folder], check=True, stdout=subprocess.DEVNULL)


def load(folder):
    model, info = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                                                output_loading_info=True)
    assert not any(info.values()), info
    return model, AutoProcessor.from_pretrained(folder)


@torch.no_grad()
def row(model, processor, name, crop, question):
    image = Image.open(WORLD / "images" / name).convert("RGB")
    if crop is not None:
        image = image.crop((0, 0, *crop))
    talk = [{"role": "user", "content": [{"type": "image", "image": image}, {"type": "text", "text": question}]}]
    prompt = processor.apply_chat_template(talk, add_generation_prompt=True)
    inputs = processor.apply_chat_template(talk, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt")
    said = model.generate(**inputs, max_new_tokens=12, do_sample=False, return_dict_in_generate=True, output_logits=True)
    ids = inputs["input_ids"][0].tolist()
    top = said.logits[0][0].topk(TOP)
    return {"image": name, "crop": crop, "question": question, "prompt": prompt, "ids": ids,
            "logits": {str(i): float(f"{v:.6g}") for i, v in zip(top.indices.tolist(), top.values.tolist())},
            "answer": processor.decode(said.sequences[0, len(ids):], skip_special_tokens=True)}


cases = []
for family, adapter in CASES:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "exported"
        export(family, adapter, folder)
        model, processor = load(folder)
        cases.append({"family": family, "adapter": adapter, "rows": [row(model, processor, *q) for q in QUESTIONS]})
text = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
(ROOT / "test" / "goldens" / "transformers-llava.json").write_text(f"[\n{text}\n]\n")
