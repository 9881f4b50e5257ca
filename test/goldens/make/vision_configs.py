"""Makes test/goldens/vision-configs.json: vision towers of random configs and the hidden states that PyTorch gives.

Only configs and states are kept; the weights are those of numbered.py. Pixel i is sin(0.37 i). Of each state the rows in `rows` are kept.
It stops unless the last state but one equals the last one of the same weights without their last layer, and unless SigLIP's last state differs
from what follows the norm behind the layers. Tolerance: 1e-4 of the largest number.

Made with torch 2.13.0+cpu, transformers 5.24.0. Run: python vision_configs.py
"""

import json
import math
import pathlib

import torch
from transformers import AutoConfig, CLIPVisionModel, SiglipVisionModel

from numbered import values

OUT = pathlib.Path(__file__).resolve().parent.parent / "vision-configs.json"
SMALL = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=28, patch_size=7)

# Heads of 72 and a feed-forward width of 4,304 are those of so400m; 45 pixels leave 3 in no patch, as 384 leave 6 of 14.
SIGLIP = [
    {},
    {"image_size": 45, "patch_size": 7},
    {"hidden_size": 144, "num_attention_heads": 2, "num_hidden_layers": 2},
    {"intermediate_size": 4304, "num_hidden_layers": 1},
    {"hidden_act": "gelu", "layer_norm_eps": 1e-5},
    {"num_attention_heads": 1, "vision_use_head": False},
    {"num_attention_heads": 8, "hidden_size": 40},
    {"image_size": 24, "patch_size": 4, "num_hidden_layers": 4},
]
CLIP = [
    {},
    {"image_size": 45, "patch_size": 7},
    {"hidden_size": 128, "num_attention_heads": 2, "num_hidden_layers": 2},
    {"intermediate_size": 4304, "num_hidden_layers": 1},
    {"hidden_act": "gelu", "layer_norm_eps": 1e-6},
    {"num_attention_heads": 1},
    {"num_attention_heads": 8, "hidden_size": 40},
    {"image_size": 24, "patch_size": 4, "num_hidden_layers": 4},
]
FAMILIES = {"siglip_vision_model": (SiglipVisionModel, SIGLIP), "clip_vision_model": (CLIPVisionModel, CLIP)}


def exponent(name, shape):
    if len(shape) == 1:
        return -2
    if "position" in name or "probe" in name:
        return -1
    return round(math.log2((3 / math.prod(shape[1:])) ** 0.5))


def numbered(model):
    state, listed, start = model.state_dict(), [], 0
    for name in sorted(state):
        tensor = state[name]
        if not tensor.is_floating_point():
            continue
        e, plus = exponent(name, tensor.shape), 1 if "norm" in name and name.endswith("weight") else 0
        tensor.copy_(torch.from_numpy(values(tensor.shape, e, plus, start)))
        start += tensor.numel()
        listed.append([name, list(tensor.shape), e, plus])
    return listed


@torch.no_grad()
def made(model_type, kind, changes, number):
    fields = {"model_type": model_type} | SMALL | changes
    config = AutoConfig.for_model(**fields)
    config._attn_implementation = "eager"
    model = kind(config).float().eval()
    tensors = numbered(model)
    side = config.image_size
    pixels = torch.tensor([math.sin(0.37 * i) for i in range(3 * side * side)], dtype=torch.float64).float().reshape(1, 3, side, side)
    out = model(pixels, output_hidden_states=True)
    states = [state[0] for state in out.hidden_states]
    count = states[0].shape[0]
    rows = sorted({0, 1, count // 2, count - 1})
    # A tower whose last layer was deleted, as some trainings do, ends with the state before it.
    if config.num_hidden_layers > 1:
        cut = kind(AutoConfig.for_model(**fields | {"num_hidden_layers": config.num_hidden_layers - 1})).float().eval()
        cut.load_state_dict(model.state_dict(), strict=False)
        last = cut(pixels, output_hidden_states=True).hidden_states[-1][0]
        assert torch.allclose(last, states[-2], atol=1e-5)
    assert model_type.startswith("clip") or not torch.allclose(out.last_hidden_state[0], states[-1], atol=1e-2)
    short = lambda state: [[float(f"{value:.6g}") for value in state[row].tolist()] for row in rows]
    return {"name": f"{model_type} {number}", "config": fields, "start": 0, "tensors": tensors, "vectors": count, "rows": rows,
            "states": {"0": short(states[0]), "-2": short(states[-2]), "-1": short(states[-1])}}


models = [made(model_type, kind, changes, number)
          for model_type, (kind, configs) in FAMILIES.items() for number, changes in enumerate(configs, 1)]
OUT.write_text("[\n" + ",\n".join(json.dumps(model) for model in models) + "\n]\n")
