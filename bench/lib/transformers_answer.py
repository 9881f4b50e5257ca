"""PyTorch's side of bench/eval.js: answers a question about an image from its first token on, everything float32.

Arguments: LLM, vision and adapter folder, threads. The command `BEFORE AFTER TOKENS` looks at an image, carries it over, runs BEFORE
ids, the image and AFTER ids, and gives TOKENS greedy tokens; the answer is {"seconds"}.
"""

import json
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, CLIPVisionModel
from transformers.utils.logging import disable_progress_bar

llm_folder, vision_folder, adapter_folder, threads = sys.argv[1:]
disable_progress_bar()
torch.set_num_threads(int(threads))
llm = AutoModelForCausalLM.from_pretrained(llm_folder, dtype=torch.float32).eval()
tower = CLIPVisionModel.from_pretrained(vision_folder, dtype=torch.float32).eval()
adapter = {name: tensor.float() for name, tensor in load_file(Path(adapter_folder) / "model.safetensors").items()}
table = llm.get_input_embeddings().weight
SIDE = tower.config.image_size
PIXELS = torch.sin(torch.arange(3 * SIDE * SIDE) * 0.37).reshape(1, 3, SIDE, SIDE)


def carry_over(features):
    """The official forward pass: Linear, GELU, Linear, Linear, times the vocabulary matrix."""
    layer = lambda x, number: torch.nn.functional.linear(
        x, adapter[f"mm_projector.{number}.weight"], adapter[f"mm_projector.{number}.bias"])
    return layer(layer(torch.nn.functional.gelu(layer(features, 0)), 2), 3) @ adapter["mm_vocab_matrix"]


def answer(before, after, tokens):
    ids = torch.arange(1, before + after + 1) * 37 % len(table)
    image = carry_over(tower(PIXELS, output_hidden_states=True).hidden_states[-2][:, 1:])
    embeddings = torch.cat([table[ids[:before]][None], image, table[ids[before:]][None]], 1)
    # As in generate(): only the last position meets the output head.
    out = llm(inputs_embeds=embeddings, use_cache=True, logits_to_keep=1)
    for _ in range(tokens - 1):
        out = llm(input_ids=out.logits[:, -1].argmax(-1)[None], past_key_values=out.past_key_values, use_cache=True)


print(json.dumps({"ready": True}), flush=True)
with torch.no_grad():
    for line in sys.stdin:
        numbers = map(int, line.split())
        start = time.perf_counter()
        answer(*numbers)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
