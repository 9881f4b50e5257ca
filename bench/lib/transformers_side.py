"""PyTorch's side of bench/run.js: reads one command a line, answers one line of JSON. Everything float32.

Arguments: LLM folder, vision folder, threads. Commands: `prefill N`, `decode N STEPS` (seconds per token), `vision`, each with
{"seconds"}; `greedy N STEPS` gives {"tokens"}, to see that both sides compute the same.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, CLIPVisionModel

llm_folder, vision_folder, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
llm = AutoModelForCausalLM.from_pretrained(llm_folder, dtype=torch.float32).eval()
tower = CLIPVisionModel.from_pretrained(vision_folder, dtype=torch.float32).eval()
table = llm.get_input_embeddings().weight


def prompt(count):
    """The ids bench/run.js takes: multiples of 37."""
    return torch.tensor([[(37 * i) % llm.config.vocab_size for i in range(1, count + 1)]])


def prefill(count):
    # As in generate(): only the last position meets the output head.
    return llm(inputs_embeds=table[prompt(count)], use_cache=True, logits_to_keep=1)


def steps(out, count):
    tokens = [int(out.logits[0, -1].argmax())]
    for _ in range(count):
        out = llm(input_ids=torch.tensor([[tokens[-1]]]), past_key_values=out.past_key_values, use_cache=True)
        tokens.append(int(out.logits[0, -1].argmax()))
    return tokens


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def answer(name, *numbers):
    if name == "prefill":
        return {"seconds": timed(lambda: prefill(*numbers))}
    if name == "greedy":
        return {"tokens": steps(prefill(numbers[0]), numbers[1])}
    if name == "decode":
        out = prefill(numbers[0])
        return {"seconds": timed(lambda: steps(out, numbers[1])) / numbers[1]}
    if name == "vision":
        side = tower.config.image_size if hasattr(tower.config, "image_size") else tower.config.vision_config.image_size
        pixels = torch.sin(torch.arange(3 * side * side) * 0.37).reshape(1, 3, side, side)
        return {"seconds": timed(lambda: tower(pixels, output_hidden_states=True).hidden_states[-2][:, 1:])}
    raise ValueError(name)


print(json.dumps({"ready": True}), flush=True)
with torch.no_grad():
    for line in sys.stdin:
        name, *numbers = line.split()
        print(json.dumps(answer(name, *map(int, numbers))), flush=True)
