"""PyTorch's side of bench/run.js: reads one command a line, answers one line of JSON. Everything float32.

Arguments: LLM folder, vision folder, threads. Commands: `speak N STEPS` runs a prompt of N tokens and STEPS steps after it, and gives
{"prefill", "decode" (per step), "tokens"}; `last N` runs the prompt with the logits of its last position only and gives
{"prefillLast"}; `look` runs the vision tower and gives {"vision"}. Times are seconds.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, CLIPVisionModel
from transformers.utils.logging import disable_progress_bar

llm_folder, vision_folder, threads = sys.argv[1:]
disable_progress_bar()
torch.set_num_threads(int(threads))
llm = AutoModelForCausalLM.from_pretrained(llm_folder, dtype=torch.float32).eval()
tower = CLIPVisionModel.from_pretrained(vision_folder, dtype=torch.float32).eval()
table = llm.get_input_embeddings().weight


def prompt(count):
    """The ids bench/run.js takes: multiples of 37."""
    return torch.tensor([[(37 * i) % llm.config.vocab_size for i in range(1, count + 1)]])


def speak(count, steps):
    start = time.perf_counter()
    out = llm(inputs_embeds=table[prompt(count)], use_cache=True)
    tokens = [int(out.logits[0, -1].argmax())]
    first = time.perf_counter()
    for _ in range(steps):
        out = llm(input_ids=torch.tensor([[tokens[-1]]]), past_key_values=out.past_key_values, use_cache=True)
        tokens.append(int(out.logits[0, -1].argmax()))
    return {"prefill": first - start, "decode": (time.perf_counter() - first) / steps, "tokens": tokens}


def last(count):
    start = time.perf_counter()
    llm(inputs_embeds=table[prompt(count)], use_cache=True, logits_to_keep=1)
    return {"prefillLast": time.perf_counter() - start}


def look():
    side = tower.config.image_size
    pixels = torch.sin(torch.arange(3 * side * side) * 0.37).reshape(1, 3, side, side)
    start = time.perf_counter()
    tower(pixels, output_hidden_states=True).hidden_states[-2][:, 1:]
    return {"vision": time.perf_counter() - start}


COMMANDS = {"speak": speak, "last": last, "look": look}

print(json.dumps({"ready": True}), flush=True)
with torch.no_grad():
    for line in sys.stdin:
        name, *numbers = line.split()
        print(json.dumps(COMMANDS[name](*map(int, numbers))), flush=True)
