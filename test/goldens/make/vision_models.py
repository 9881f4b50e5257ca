"""Makes test/goldens/models/{clip,clip-gelu,projectors}/: tiny random CLIP towers and projectors, and PyTorch's results.

Made with torch 2.13.0+cpu, transformers 5.18.0, safetensors. Run from anywhere: python vision_models.py
Weights are stored in bfloat16 (clip-gelu: float32); everything expected is float32 arithmetic on the stored bytes. The input is
pixel i = sin(0.37 i), feature i = cos(0.11 i). Tolerance 1e-4 of the largest value in float32, 2e-2 in float16; a folded
projector against an unfolded one 1e-5.
"""

import json
import math
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModel

OUT = Path(__file__).parent.parent / "models"


def rounded(values):
    return [float(f"{value:.6g}") for value in values.flatten().tolist()]


def write(folder, expected):
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


def fresh(name):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@torch.no_grad()
def clip(name, seed, dtype, act, layers):
    folder = fresh(name)
    config = CLIPVisionConfig(hidden_size=32, intermediate_size=48, num_hidden_layers=layers, num_attention_heads=2,
                              image_size=42, patch_size=7, hidden_act=act)
    model = CLIPVisionModel(config)
    generator = torch.Generator().manual_seed(seed)
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        norm = "norm" in key and key.endswith("weight")
        parameter.data = 1 + 0.3 * noise if norm else noise / (parameter.shape[-1] ** 0.5 if parameter.dim() > 1 else 3)
    model.to(dtype).save_pretrained(folder)
    reference = CLIPVisionModel.from_pretrained(folder, dtype=torch.float32)
    pixels = torch.tensor([math.sin(0.37 * i) for i in range(3 * 42 * 42)], dtype=torch.float64).float()
    states = reference(pixels.reshape(1, 3, 42, 42), output_hidden_states=True).hidden_states
    write(folder, {"minus2": rounded(states[-2][0, 1:]), "last": rounded(states[-1][0, ::12])})


@torch.no_grad()
def projectors():
    folder = fresh("projectors")
    inputs, hidden, vocabulary, width = 32, 48, 80, 24
    generator = torch.Generator().manual_seed(7)
    sizes = {"0": (hidden, inputs), "2": (hidden, hidden), "3": (vocabulary, hidden)}
    tensors = {}
    for index, (out, size) in sizes.items():
        tensors[f"{index}.weight"] = (torch.randn(out, size, generator=generator) / size**0.5).bfloat16()
        tensors[f"{index}.bias"] = (0.3 * torch.randn(out, generator=generator)).bfloat16()
    tensors["mm_vocab_matrix"] = torch.randn(vocabulary, width, generator=generator).bfloat16()
    save_file(tensors, folder / "model.safetensors")
    t = {key: value.float() for key, value in tensors.items()}
    features = torch.tensor([math.cos(0.11 * i) for i in range(5 * inputs)], dtype=torch.float64).float().reshape(5, inputs)
    linear = torch.nn.functional.linear
    first = linear(features, t["0.weight"], t["0.bias"])
    second = linear(torch.nn.functional.gelu(first), t["2.weight"], t["2.bias"])
    coefficients = linear(second, t["3.weight"], t["3.bias"])
    write(folder, {"linear": rounded(first), "mlp2x_gelu": rounded(second), "coefficients": rounded(coefficients),
                   "mm_vocab": rounded(coefficients @ t["mm_vocab_matrix"])})


clip("clip", 1, torch.bfloat16, "quick_gelu", 3)
clip("clip-gelu", 2, torch.float32, "gelu", 2)
projectors()
