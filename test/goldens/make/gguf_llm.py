"""Makes test/goldens/llm-gguf.json: the SHA-256 of GGUF files of fixtures/small-world's LLMs as the package `gguf` writes them.

One for each LLM and type of its matrices: keys, tokenizer, chat template and tensors as llama.cpp's own converter has them. The exporter
must write the same bytes; there is no tolerance.

Made with gguf 0.19.0, numpy 2.4.6, torch 2.13.0+cpu. Run: python gguf_llm.py
"""

import hashlib
import json
import math
import pathlib
import re
import tempfile

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORLD = ROOT.parent.parent / "fixtures" / "small-world"
TYPES = {Type.F32: 0, Type.F16: 1, Type.BF16: 32, Type.Q8_0: 7, Type.Q4_0: 2}
PARTS = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
WHOLE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
NORMAL, UNKNOWN, CONTROL, UNUSED, BYTE = 1, 2, 3, 5, 6


def read(family, name):
    return json.loads((WORLD / family / name).read_text())


def add_sizes(writer, config):
    heads = config["num_attention_heads"]
    dimension = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(dimension)
    writer.add_value_length(dimension)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(dimension)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_freq_base(config["rope_theta"])
    return dimension


def add_tokenizer(writer, family, config, pre):
    tokenizer = read(family, "tokenizer.json")
    settings = read(family, "tokenizer_config.json")
    generation = read(family, "generation_config.json")
    model = tokenizer["model"]
    spelled = {index: token for token, index in model["vocab"].items()}
    added = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    spelled |= added
    rows = config["vocab_size"]
    tokens = [spelled.get(index, f"[PAD{index}]") for index in range(rows)]
    kinds = []
    for index, token in enumerate(tokens):
        if index not in spelled:
            kinds.append(UNUSED)
        elif pre is None and token == model["unk_token"]:
            kinds.append(UNKNOWN)
        elif index in added:
            kinds.append(CONTROL)
        else:
            kinds.append(BYTE if pre is None and re.fullmatch("<0x[0-9A-F]{2}>", token) else NORMAL)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    writer.add_tokenizer_model("gpt2" if pre else "llama")
    writer.add_tokenizer_pre(pre or "default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    if pre:
        writer.add_token_merges(merges)
    else:
        ranks = {}
        for rank, merge in enumerate(merges):
            ranks.setdefault(merge.replace(" ", ""), -float(rank))
        writer.add_token_scores([ranks.get(token, -1e6) for token in tokens])
        writer.add_add_space_prefix(True)
    named = {role: settings.get(f"{role}_token") for role in ("bos", "unk", "pad")}
    ids = {token: index for index, token in enumerate(tokens)}
    if named["bos"]:
        writer.add_bos_token_id(ids[named["bos"]])
    writer.add_eos_token_id(generation["eos_token_id"])
    if named["unk"]:
        writer.add_unk_token_id(ids[named["unk"]])
    if named["pad"]:
        writer.add_pad_token_id(ids[named["pad"]])
    writer.add_add_bos_token(pre != "qwen2")
    writer.add_add_eos_token(False)
    writer.add_chat_template(settings["chat_template"])


def divisors(config, dimension):
    scaling = config["rope_scaling"]
    values = []
    for index in range(0, dimension, 2):
        wave = 2 * math.pi * config["rope_theta"] ** (index / dimension)
        smooth = (scaling["original_max_position_embeddings"] / wave - scaling["low_freq_factor"]) / (
            scaling["high_freq_factor"] - scaling["low_freq_factor"]
        )
        kept = min(1, max(0, smooth))
        values.append(1 / (kept + (1 - kept) / scaling["factor"]))
    return np.array(values, dtype=np.float32)


def pairs(array, heads):
    """Halves of a head's rows to neighbours."""
    shape = (heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return np.ascontiguousarray(array.reshape(shape).swapaxes(1, 2)).reshape(array.shape)


def tensors(family, config, dimension):
    found = {}
    if config.get("rope_scaling"):
        found["rope_freqs.weight"] = divisors(config, dimension)
    for name, tensor in load_file(WORLD / family / "model.safetensors").items():
        array = tensor.float().numpy()
        if name in WHOLE:
            found[WHOLE[name]] = array
            continue
        layer, part, kind = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)", name).groups()
        if config["model_type"] == "llama" and part == "self_attn.q_proj":
            array = pairs(array, config["num_attention_heads"])
        if config["model_type"] == "llama" and part == "self_attn.k_proj":
            array = pairs(array, config["num_key_value_heads"])
        found[f"blk.{layer}.{PARTS[part]}.{kind}"] = array
    return found


def kind_of(name, array, wanted):
    if array.ndim == 1:
        return Type.F32
    kind = Type.Q8_0 if wanted == Type.Q4_0 and name in ("token_embd.weight", "output.weight") else wanted
    return Type.F16 if kind in (Type.Q8_0, Type.Q4_0) and array.shape[1] % 32 else kind


def write(path, family, pre, wanted):
    config = read(family, "config.json")
    writer = gguf.GGUFWriter(path, config["model_type"])
    writer.add_type("model")
    writer.add_name(family)
    writer.add_file_type(TYPES[wanted])
    if wanted in (Type.Q8_0, Type.Q4_0):
        writer.add_quantization_version(2)
    dimension = add_sizes(writer, config)
    add_tokenizer(writer, family, config, pre)
    for name, array in sorted(tensors(family, config, dimension).items()):
        kind = kind_of(name, array, wanted)
        array = np.ascontiguousarray(array)
        writer.add_tensor(name, array if kind == Type.F32 else gguf.quants.quantize(array, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    sums = {}
    with tempfile.TemporaryDirectory() as folder:
        for family, pre in (("qwen2", "qwen2"), ("llama3", "llama-bpe"), ("llama2", None)):
            for wanted in TYPES:
                path = pathlib.Path(folder) / "model.gguf"
                write(path, family, pre, wanted)
                sums[f"{family} {wanted.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (ROOT / "llm-gguf.json").write_text(json.dumps(sums, indent=2) + "\n")


main()
