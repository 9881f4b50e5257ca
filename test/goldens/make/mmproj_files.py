"""Makes test/goldens/gguf/mmproj*.gguf: the tower of test/goldens/models/clip with a projector of LLaVA's kind, as llama.cpp has both in one file.

Beside each X.gguf stands X.expected.json: what PyTorch makes of pixels sin(0.37 i), (36, 16), tolerance 1e-4 of the largest value. The pictures
are normalised by the mean and deviation of the file.

mmproj.gguf        matrices in F16, the two of three layers that hidden state 2 needs, feature_layer [2]
mmproj-old.gguf    as files of before 2025: float32, all layers and what follows them, no feature_layer, ffn_up and ffn_down changed over

Made with gguf 0.19.0, torch 2.13.0, transformers 5.24.0. Run: python mmproj_files.py
"""

import json
import pathlib

import gguf
import numpy as np
import torch
from transformers import CLIPVisionModel

HERE = pathlib.Path(__file__).resolve().parent.parent
OUT, TOWER = HERE / "gguf", HERE / "models" / "clip"
WIDTH = 16
MEAN, STD = [0.5, 0.25, 0.125], [0.5, 0.25, 0.75]
LAYER = {"layer_norm1": "ln1", "layer_norm2": "ln2", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
         "self_attn.out_proj": "attn_out", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down"}  # fmt: skip
WHOLE = {"embeddings.class_embedding": "v.class_embd", "embeddings.patch_embedding.weight": "v.patch_embd.weight",
         "embeddings.position_embedding.weight": "v.position_embd.weight", "pre_layrnorm": "v.pre_ln", "post_layernorm": "v.post_ln"}  # fmt: skip


def named(name, old):
    name = name.removeprefix("vision_model.")
    if name.startswith("encoder.layers."):
        _, _, number, *part, kind = name.split(".")
        own = LAYER[".".join(part)]
        if old and own.startswith("ffn"):
            own = {"ffn_up": "ffn_down", "ffn_down": "ffn_up"}[own]
        return f"v.blk.{number}.{own}.{kind}"
    return WHOLE.get(name) or f"{WHOLE[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}"


def write(name, tower, projector, *, old):
    config = tower.config
    layers = config.num_hidden_layers if old else config.num_hidden_layers - 1
    writer = gguf.GGUFWriter(OUT / f"{name}.gguf", "clip")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", config.hidden_act == "gelu")
    numbers = {"image_size": config.image_size, "patch_size": config.patch_size, "embedding_length": config.hidden_size, "projection_dim": 0,
               "feed_forward_length": config.intermediate_size, "block_count": layers, "attention.head_count": config.num_attention_heads}  # fmt: skip
    for key, value in numbers.items():
        writer.add_uint32(f"clip.vision.{key}", value)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", config.layer_norm_eps)
    writer.add_array("clip.vision.image_mean", MEAN)
    writer.add_array("clip.vision.image_std", STD)
    if not old:
        writer.add_array("clip.vision.feature_layer", [layers])
    for key, value in tower.state_dict().items():
        if "position_ids" in key or not old and ("post_layernorm" in key or f"layers.{layers}." in key):
            continue
        add(writer, named(key, old), value, old)
    for key, value in projector.state_dict().items():
        add(writer, f"mm.{key}", value, old)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add(writer, name, value, old):
    array = value.float().numpy()
    writer.add_tensor(name, np.ascontiguousarray(array.astype(np.float16) if array.ndim > 1 and not old else array))


def halved(module, old):
    if not old:
        for parameter in module.parameters():
            parameter.data = parameter.data.half().float() if parameter.ndim > 1 else parameter.data
    return module


def main():
    for name, old in (("mmproj", False), ("mmproj-old", True)):
        tower = halved(CLIPVisionModel.from_pretrained(TOWER, dtype=torch.float32).eval(), old)
        torch.manual_seed(5)
        hidden = tower.config.hidden_size
        projector = halved(torch.nn.Sequential(torch.nn.Linear(hidden, 24), torch.nn.GELU(), torch.nn.Linear(24, WIDTH)), old)
        write(name, tower, projector, old=old)
        side = tower.config.image_size
        pixels = torch.sin(0.37 * torch.arange(3 * side * side, dtype=torch.float64)).float().reshape(1, 3, side, side)
        with torch.no_grad():
            state = tower(pixels, output_hidden_states=True).hidden_states[-2][0, 1:]
            embeddings = projector(state)
        expected = {"shape": list(embeddings.shape), "embeddings": [round(value, 6) for value in embeddings.flatten().tolist()]}
        (OUT / f"{name}.expected.json").write_text(json.dumps(expected) + "\n")
        print(name, expected["shape"], (OUT / f"{name}.gguf").stat().st_size)


if __name__ == "__main__":
    main()
