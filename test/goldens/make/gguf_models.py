"""Makes test/goldens/gguf/: tiny LLMs and tokenizers as GGUF files, and what PyTorch says of those that are rounded to blocks.

NAME.gguf is the tiny LLM test/goldens/models/NAME with the names, the order of rows and the keys of llama.cpp's converter, matrices in
bfloat16: it must open as the same tensors and the same config. mixed-*.gguf have matrices of every type; mixed-*.expected.json has
`prompt` and `prefill`, the logits after it in float32 arithmetic on the dequantised weights. vocabulary-NAME.gguf is the tokenizer of
fixtures/small-world/NAME alone. Tolerances: 1e-4 of the largest logit in float32, 3e-2 with blocks (the kernel rounds activations).

Made with torch 2.13.0+cpu, transformers 5.24.0, gguf 0.19.0. Run: python gguf_models.py
"""

import json
import math
import pathlib
import re

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from safetensors import safe_open
from transformers import AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, GemmaConfig, LlamaConfig, Qwen2Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "gguf"
MODELS = ROOT / "models"
WORLD = ROOT.parent.parent / "fixtures" / "small-world"
PROMPT = [5, 17, 40, 3, 88, 61, 22, 9, 54, 70, 31, 12, 77, 45]
rng = np.random.default_rng(0)

PARTS = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
# Gemma 2 and 3 have norms around each half of a layer.
AROUND = PARTS | {
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}
OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
ARCHITECTURES = {"gemma3_text": "gemma3"}


def gguf_name(name, architecture):
    if name in OUTSIDE:
        return OUTSIDE[name]
    layer, part, kind = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)", name).groups()
    parts = AROUND if architecture in ("gemma2", "gemma3") else PARTS
    return f"blk.{layer}.{parts[part]}.{kind}"


def in_pairs(array, heads):
    """Rows of each head from two halves to pairs of neighbours, as llama.cpp rotates them."""
    halves = array.reshape(heads, 2, -1, *array.shape[1:])
    return halves.swapaxes(1, 2).reshape(array.shape)


def add_config(writer, config, architecture):
    heads = config["num_attention_heads"]
    head_dim = config.get("head_dim") or config["hidden_size"] // heads
    rope = config.get("rope_parameters") or {}
    full = rope.get("full_attention", rope)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(full.get("rope_theta", 10000.0))
    if full.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(full["factor"])
    if architecture in ("gemma2", "gemma3"):
        writer.add_sliding_window(config["sliding_window"])
    if architecture == "gemma2":
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    if rope.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", llama3_divisors(rope, head_dim))


def llama3_divisors(rope, head_dim):
    divisors = []
    for i in range(0, head_dim, 2):
        wave = 2 * math.pi * rope["rope_theta"] ** (i / head_dim)
        length, low, high, factor = (rope[k] for k in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor", "factor"))
        smooth = min(1.0, max(0.0, (length / wave - low) / (high - low)))
        divisors.append(1 / (smooth + (1 - smooth) / factor))
    return np.array(divisors, dtype=np.float32)


def write_model(path, config, tensors, type_of, vocabulary=None):
    """`tensors` in float32 under transformers' names; `type_of` gives the type of a matrix by its name. Returns what is read back."""
    architecture = ARCHITECTURES.get(config["model_type"], config["model_type"])
    writer = gguf.GGUFWriter(path, architecture)
    add_config(writer, config, architecture)
    (vocabulary or numbered_vocabulary)(writer, config)
    back = {}
    for name, array in tensors.items():
        heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}.get(name.split(".")[-2])
        order = (lambda a, h=heads: in_pairs(a, h)) if architecture == "llama" and heads else (lambda a: a)
        if array.ndim == 1:
            plus = 1 if architecture.startswith("gemma") and "norm" in name else 0
            writer.add_tensor(gguf_name(name, architecture), np.ascontiguousarray(order(array)) + np.float32(plus))
            back[name] = array
            continue
        kind = Type[type_of(name)]
        data, back[name] = rounded(np.ascontiguousarray(array), kind)
        writer.add_tensor(gguf_name(name, architecture), np.ascontiguousarray(order(data)), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return back


def rounded(array, kind):
    """Stored rows, and what they stand for. gguf-py makes no K blocks, so those are random ones about as large as the weights."""
    if kind.name.endswith("_K"):
        data = random_k_blocks(array.shape, kind)
    else:
        data = gguf.quants.quantize(array, kind)
    back = data.astype(np.float32) if kind == Type.F16 else gguf.quants.dequantize(data, kind)
    return data, back.reshape(array.shape)


def random_k_blocks(shape, kind):
    size, length = gguf.GGML_QUANT_SIZES[kind]
    data = rng.integers(0, 256, (shape[0], shape[1] // size, length), dtype=np.uint8)
    scale = np.float16(0.06 / 40 / 15).view(np.uint16)
    halves = {"Q4_K": {0: scale, 2: np.float16(0.06 / 40).view(np.uint16)}, "Q5_K": {0: np.float16(0.06 / 40 / 31).view(np.uint16), 2: np.float16(0.06 / 40).view(np.uint16)},
              "Q6_K": {208: np.float16(0.06 / 80 / 32).view(np.uint16)}}[kind.name]
    for at, bits in halves.items():
        data[..., at : at + 2] = np.array([bits], dtype="<u2").view(np.uint8)
    return data.reshape(shape[0], -1)


def numbered_vocabulary(writer, config):
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{i}" for i in range(config["vocab_size"])])
    writer.add_token_types([1] * config["vocab_size"])
    writer.add_token_merges(["t 0"])
    if isinstance(config.get("eos_token_id"), int):
        writer.add_eos_token_id(config["eos_token_id"])


def from_folder(name):
    folder = MODELS / name
    config = json.loads((folder / "config.json").read_text())
    with safe_open(folder / "model.safetensors", "pt") as file:
        tensors = {key: file.get_tensor(key).float().numpy() for key in file.keys()}
    write_model(OUT / f"{name}.gguf", config, tensors, lambda _: "BF16")


def mixed(name, config, type_of):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    around = 0 if config.model_type.startswith("gemma") else 1
    for key, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape)
        parameter.data = around + 0.3 * noise if "norm" in key else 0.3 * noise if "bias" in key else noise / parameter.shape[-1] ** 0.5
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    tensors = {key: value.numpy() for key, value in model.state_dict().items() if key not in tied}
    fields = config.to_dict() | {"num_key_value_heads": config.num_key_value_heads}
    back = write_model(OUT / f"{name}.gguf", fields, tensors, type_of)
    back = {key: torch.from_numpy(np.ascontiguousarray(value, dtype=np.float32)) for key, value in back.items()}
    model.load_state_dict(back, strict=not tied)
    model.tie_weights()
    with torch.no_grad():
        prefill = model(torch.tensor([PROMPT])).logits[0, -1].tolist()
    text = json.dumps({"prompt": PROMPT, "prefill": [round(value, 6) for value in prefill]})
    (OUT / f"{name}.expected.json").write_text(text + "\n")


def small(kind, width, layers=2):
    return kind(vocab_size=96, hidden_size=width, intermediate_size=width, num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=2,
                head_dim=16, max_position_embeddings=128, tie_word_embeddings=False)


def gemma(kind, **more):
    return kind(vocab_size=96, hidden_size=64, intermediate_size=64, num_hidden_layers=7 if kind is Gemma3TextConfig else 2, num_attention_heads=4,
                num_key_value_heads=1, head_dim=32, max_position_embeddings=128, **more)


def type_by_part(types):
    return lambda name: next(value for part, value in types.items() if part in name)


def vocabulary(folder, pre):
    """The tokenizer of a folder of the small world, without weights."""
    tokenizer = json.loads((WORLD / folder / "tokenizer.json").read_text())
    settings = json.loads((WORLD / folder / "tokenizer_config.json").read_text())
    model, added = tokenizer["model"], {token["id"]: token for token in tokenizer["added_tokens"]}
    spelled = {index: token for token, index in model["vocab"].items()} | {index: token["content"] for index, token in added.items()}
    size = max(spelled) + 3
    tokens = [spelled.get(index, f"[PAD{index}]") for index in range(size)]
    types = [1 if index in spelled else 5 for index in range(size)]
    for index, token in added.items():
        types[index] = 3 if token["special"] else 4
    writer = gguf.GGUFWriter(OUT / f"vocabulary-{folder}.gguf", "llama")
    writer.add_tokenizer_model("gpt2" if pre else "llama")
    writer.add_tokenizer_pre(pre or "default")
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    if pre:
        writer.add_token_merges(merges)
    else:
        rank = {}
        for index, merge in enumerate(merges):
            rank.setdefault(merge.replace(" ", ""), -float(index))
        writer.add_token_scores([rank.get(token, -1e6) for token in tokens])
        for index, token in enumerate(tokens):
            if re.fullmatch(r"<0x[0-9A-F]{2}>", token):
                types[index] = 6
            if token == model["unk_token"]:
                types[index] = 2
                writer.add_unk_token_id(index)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    for role, add in (("bos", writer.add_bos_token_id), ("eos", writer.add_eos_token_id), ("pad", writer.add_pad_token_id)):
        if settings.get(f"{role}_token"):
            add(tokens.index(settings[f"{role}_token"]))
    steps = tokenizer.get("post_processor") or {}
    single = [step for part in steps.get("processors", [steps]) for step in part.get("single", [])]
    writer.add_add_bos_token(bool(single) and "SpecialToken" in single[0])
    if settings.get("chat_template"):
        writer.add_chat_template(settings["chat_template"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name in ("llama-tied", "llama-biased-linear-rope", "llama3-rope", "qwen2-tied", "qwen3"):
        from_folder(name)
    plain = {"q_proj": "Q4_0", "k_proj": "Q4_1", "v_proj": "Q5_0", "o_proj": "Q5_1", "gate": "Q8_0", "up": "F16", "down": "Q4_1", "embed": "Q5_0", "lm_head": "Q8_0"}
    mixed("mixed-llama", small(LlamaConfig, 64), type_by_part(plain))
    paired = {"q_proj": "F16", "k_proj": "BF16", "v_proj": "F32", "o_proj": "Q8_0", "mlp": "Q4_0", "embed": "BF16", "lm_head": "Q4_1"}
    mixed("mixed-llama-halves", small(LlamaConfig, 64), type_by_part(paired))
    k = {"q_proj": "Q4_K", "k_proj": "Q5_K", "v_proj": "Q6_K", "o_proj": "Q8_0", "gate": "Q4_K", "up": "Q5_K", "down": "Q6_K", "embed": "Q4_K", "lm_head": "Q6_K"}
    mixed("mixed-k", small(Qwen2Config, 256, layers=1), type_by_part(k))
    gemma_types = type_by_part({"q_proj": "Q4_0", "v_proj": "Q8_0", "down": "Q5_0", "embed": "Q8_0", "": "BF16"})
    mixed("gemma", gemma(GemmaConfig), gemma_types)
    caps = {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0}
    mixed("gemma2", gemma(Gemma2Config, sliding_window=6, query_pre_attn_scalar=32, **caps), gemma_types)
    linear = {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6}, "sliding_attention": {"rope_type": "default", "rope_theta": 1e4}}
    mixed("gemma3", gemma(Gemma3TextConfig, sliding_window=6, query_pre_attn_scalar=32, rope_parameters=linear), gemma_types)
    vocabulary("llama2", None)
    vocabulary("llama3", "llama-bpe")
    vocabulary("qwen2", "qwen2")
