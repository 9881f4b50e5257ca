"""What transformers makes of exports. Asked line by line:

    {"folder": DIR, "questions": [{"image": FILE, "text": TEXT}], "tokens": N}

answers {"answers": [...]}: a folder of `--format hf`, greedy, float32, by from_pretrained and nothing else.

    {"folder": DIR, "file": NAME, "source": DIR, "prompts": [[id]], "seed": N, "count": N}

answers {"logits": [[...]], "texts": [...], "source": [[...]]}: an LLM of `--format gguf` in float32, and the ids of texts by the tokenizer.json of
the folder that it was made of. {"error": MESSAGE} where loading fails.
"""

import json
import sys

import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoProcessor, LlavaForConditionalGeneration
from transformers.utils.logging import disable_progress_bar

from texts import texts, well_formed

disable_progress_bar()
torch.set_num_threads(1)


def ask_folder(question):
    processor = AutoProcessor.from_pretrained(question["folder"])
    model = LlavaForConditionalGeneration.from_pretrained(question["folder"]).eval()
    answers = []
    for asked in question["questions"]:
        content = [{"type": "image"}, {"type": "text", "text": asked["text"]}]
        prompt = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        # The template has written what stands in front.
        inputs = processor(
            images=Image.open(asked["image"]).convert("RGB"), text=prompt, return_tensors="pt", add_special_tokens=False
        )
        with torch.no_grad():
            out = model.generate(**inputs, max_new_tokens=question["tokens"], do_sample=False)
        answers.append(processor.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))
    return {"answers": answers}


def ask_file(question):
    folder, file, source = question["folder"], question["file"], question["source"]
    own = AutoConfig.from_pretrained(source)
    # Of Llama 3's scaling a file has the divisors of frequencies, which transformers passes over.
    # Under its name of transformers 5, then 4.
    rope = getattr(own, "rope_parameters", None) or getattr(own, "rope_scaling", None) or {}
    scaled = rope.get("rope_type", "default") != "default"
    config = {"config": own} if scaled else {}
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32, **config).eval()
    with torch.no_grad():
        logits = [model(input_ids=torch.tensor([ids])).logits[0, -1].tolist() for ids in question["prompts"]]
    tokenizer = Tokenizer.from_file(f"{source}/tokenizer.json")
    asked = [text for text in texts(question["seed"], question["count"]) if well_formed(text) == text]
    return {
        "logits": logits,
        "texts": asked,
        "source": [tokenizer.encode(text, add_special_tokens=False).ids for text in asked],
    }


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = ask_file(question) if "file" in question else ask_folder(question)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
