"""Makes test/goldens/mmproj.json: the SHA-256 of mmproj files of fixtures/small-world as the package `gguf` writes them.

The vision tower with the adapter qwen2/mlp2x_gelu, once for each type of its matrices. Keys, their types and their order are those that
llama.cpp asks for. The exporter must write the same bytes; there is no tolerance.

Made with gguf 0.19.0, numpy 2.4.6, torch 2.13.0+cpu. Run: python gguf_mmproj.py
"""

import hashlib
import json
import pathlib
import re
import tempfile

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORLD = ROOT.parent.parent / "fixtures" / "small-world"
SELECTED = 2  # of 3 layers: LLaVA's choice, -2

WHOLE = {
    "embeddings.class_embedding": "v.class_embd", "embeddings.patch_embedding.weight": "v.patch_embd.weight",
    "embeddings.position_embedding.weight": "v.position_embd.weight",
    "pre_layrnorm.weight": "v.pre_ln.weight", "pre_layrnorm.bias": "v.pre_ln.bias",
}
PARTS = {
    "layer_norm1": "ln1", "layer_norm2": "ln2", "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.out_proj": "attn_out",
}


def renamed(name):
    name = name.removeprefix("vision_model.")
    if name in WHOLE:
        return WHOLE[name]
    layer = re.fullmatch(r"encoder\.layers\.(\d+)\.(.+)\.(weight|bias)", name)
    if layer is None or int(layer[1]) >= SELECTED:
        return None
    return f"v.blk.{layer[1]}.{PARTS[layer[2]]}.{layer[3]}"


def kind_of(name, array, wanted):
    if array.ndim == 1 or name == "v.position_embd.weight":
        return Type.F32
    if name == "v.patch_embd.weight":
        return wanted if wanted in (Type.F32, Type.BF16) else Type.F16
    return wanted


def tensors():
    found = {renamed(name): tensor for name, tensor in load_file(WORLD / "vision" / "model.safetensors").items()}
    found.pop(None)
    adapter = torch.load(WORLD / "adapters" / "qwen2" / "mlp2x_gelu" / "mm_projector.bin", weights_only=True)
    for name, tensor in adapter.items():
        number, part = re.search(r"mm_projector\.(\d)\.(\w+)$", name).groups()
        found[f"mm.{number}.{part}"] = tensor
    return {name: tensor.to(torch.float32).numpy() for name, tensor in found.items()}


def write(path, wanted):
    config = json.loads((WORLD / "vision" / "config.json").read_text())
    images = json.loads((WORLD / "vision" / "preprocessor_config.json").read_text())
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_name("mlp2x_gelu")
    writer.add_bool("clip.has_vision_encoder", True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_bool("clip.use_gelu", config["hidden_act"] != "quick_gelu")
    writer.add_uint32("clip.vision.image_size", config["image_size"])
    writer.add_uint32("clip.vision.patch_size", config["patch_size"])
    writer.add_uint32("clip.vision.embedding_length", config["hidden_size"])
    writer.add_uint32("clip.vision.feed_forward_length", config["intermediate_size"])
    writer.add_uint32("clip.vision.projection_dim", 64)
    writer.add_uint32("clip.vision.block_count", SELECTED)
    writer.add_array("clip.vision.feature_layer", [SELECTED])
    writer.add_uint32("clip.vision.attention.head_count", config["num_attention_heads"])
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", config["layer_norm_eps"])
    writer.add_array("clip.vision.image_mean", images["image_mean"])
    writer.add_array("clip.vision.image_std", images["image_std"])
    # The package orders nothing: tensors come as they are added, here by name.
    for name, array in sorted(tensors().items()):
        kind = kind_of(name, array, wanted)
        array = np.ascontiguousarray(array)
        data = array if kind == Type.F32 else gguf.quants.quantize(array, kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    sums = {}
    with tempfile.TemporaryDirectory() as folder:
        for wanted in (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0):
            path = pathlib.Path(folder) / f"{wanted.name}.gguf"
            write(path, wanted)
            sums[wanted.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (ROOT / "mmproj.json").write_text(json.dumps(sums, indent=2) + "\n")


main()
