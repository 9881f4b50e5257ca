"""Makes test/goldens/llm-configs.json: LLMs of random configs and what PyTorch says they answer.

Only configs and logits are kept. The weights come from a generator that Python and test/helpers/numbered-weights.ts have alike: every
number is k / 128 * 2^e for a whole k from -128 to 127, so it is exact in bfloat16 and float32. Tolerance: 1e-4 of the largest logit.

Made with torch 2.13.0+cpu, transformers 5.24.0. Run: python llm_configs.py
"""

import json
import math
import pathlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from numbered import values

OUT = pathlib.Path(__file__).resolve().parent.parent / "llm-configs.json"
STEPS = 6
PROMPT = [5, 17, 40, 3, 58, 61, 22, 9, 54, 1, 31, 12, 57, 45, 8, 8, 33, 20, 2, 49, 7]
SMALL = dict(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, max_position_embeddings=64, tie_word_embeddings=True)

GEMMA = [
    {},
    {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32},
    {"num_key_value_heads": 4, "hidden_act": "gelu", "rms_norm_eps": 1e-5},
    {"hidden_size": 48, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 48, "rope_theta": 500.0},
    {"attention_bias": True, "hidden_activation": None},
    {"num_hidden_layers": 4, "intermediate_size": 16, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
    {"tie_word_embeddings": False},
    {"hidden_size": 40, "head_dim": 64, "num_attention_heads": 1, "num_key_value_heads": 1, "hidden_act": "gelu_pytorch_tanh",
     "rope_parameters": {"rope_type": "default", "rope_theta": 77.0}},
]
GEMMA2 = [
    {"sliding_window": 8, "query_pre_attn_scalar": 16},
    {"sliding_window": 4, "query_pre_attn_scalar": 24, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0, "num_hidden_layers": 3},
    {"sliding_window": 64, "layer_types": ["full_attention"] * 2, "query_pre_attn_scalar": 8, "attn_logit_softcapping": None},
    {"sliding_window": 6, "query_pre_attn_scalar": 144, "final_logit_softcapping": None, "num_attention_heads": 8, "num_key_value_heads": 1},
    {"sliding_window": 5, "query_pre_attn_scalar": 1, "attn_logit_softcapping": 0.5, "layer_types": ["full_attention", "sliding_attention"]},
    {"sliding_window": 1, "query_pre_attn_scalar": 32, "head_dim": 48, "attention_bias": True},
    {"sliding_window": 64, "query_pre_attn_scalar": 16, "hidden_size": 64, "rope_theta": 100.0, "rms_norm_eps": 1e-4},
    {"sliding_window": 8, "query_pre_attn_scalar": 16, "num_hidden_layers": 5, "attn_logit_softcapping": 3.0, "tie_word_embeddings": False},
]
GEMMA3 = [
    {"sliding_window": 8, "query_pre_attn_scalar": 16, "num_hidden_layers": 7},
    {"sliding_window": 4, "query_pre_attn_scalar": 24, "sliding_window_pattern": 2, "num_hidden_layers": 4, "rope_theta": 5000.0,
     "rope_local_base_freq": 100.0},
    {"sliding_window": 6, "query_pre_attn_scalar": 8, "layer_types": ["full_attention", "sliding_attention"],
     "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
                         "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}}},
    {"sliding_window": 5, "query_pre_attn_scalar": 168, "num_hidden_layers": 6, "rope_scaling": {"rope_type": "linear", "factor": 8.0},
     "rope_theta": 1e5},
    {"sliding_window": 64, "layer_types": ["full_attention"] * 2, "query_pre_attn_scalar": 16, "final_logit_softcapping": 2.0},
    {"sliding_window": 3, "query_pre_attn_scalar": 4, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 32, "sliding_window_pattern": 3,
     "num_hidden_layers": 3},
    {"sliding_window": 8, "query_pre_attn_scalar": 16, "attention_bias": True, "hidden_size": 40, "layer_types": ["sliding_attention"] * 2},
    {"sliding_window": 7, "query_pre_attn_scalar": 32, "head_dim": 48, "tie_word_embeddings": False, "rms_norm_eps": 1e-5,
     "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 200.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 20.0}}},
]
LONG = {"type": "longrope", "short_factor": [1.0, 1.1, 1.5, 2.0, 1.3, 1.2, 4.0, 3.0], "long_factor": [1.0, 2.0, 4.0, 9.0, 16.0, 20.0, 31.0, 40.0]}
PHI = [
    {"partial_rotary_factor": 0.5, "hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2},
    {"partial_rotary_factor": 1.0, "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 4},
    {"hidden_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2},
    {"partial_rotary_factor": 0.4, "hidden_size": 80, "num_attention_heads": 1, "num_key_value_heads": 1},
    {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1, "layer_norm_eps": 1e-3, "rope_theta": 50.0},
    {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 4, "intermediate_size": 16},
    {"hidden_size": 64, "num_attention_heads": 1, "num_key_value_heads": 1,
     "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0, "partial_rotary_factor": 0.25}},
    {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "hidden_act": "gelu_pytorch_tanh",
     "rope_scaling": {"type": "dynamic", "factor": 2.0}},
]
for phi in PHI:
    phi["tie_word_embeddings"] = False
PHI3 = [
    {"hidden_size": 64},
    {"hidden_size": 64, "sliding_window": 8, "tie_word_embeddings": False},
    {"hidden_size": 64, "num_key_value_heads": 1, "rms_norm_eps": 1e-3},
    {"hidden_size": 64, "rope_scaling": LONG, "original_max_position_embeddings": 32, "max_position_embeddings": 64},
    {"hidden_size": 64, "rope_scaling": LONG, "original_max_position_embeddings": 16, "max_position_embeddings": 64},
    {"hidden_size": 64, "rope_scaling": {**LONG, "type": "su", "original_max_position_embeddings": 8}, "original_max_position_embeddings": 8, "max_position_embeddings": 64,
     "sliding_window": 6, "num_hidden_layers": 3},
    {"hidden_size": 128, "partial_rotary_factor": 0.5, "rope_scaling": LONG, "original_max_position_embeddings": 16},
    {"hidden_size": 64, "num_attention_heads": 2, "rope_theta": 500.0, "num_hidden_layers": 4, "intermediate_size": 16,
     "rope_scaling": {**LONG, "rope_type": "longrope", "attention_factor": 1.4, "short_factor": LONG["short_factor"] * 2, "long_factor": LONG["long_factor"] * 2},
     "original_max_position_embeddings": 4},
]
STABLELM = [
    {"hidden_size": 64, "num_attention_heads": 1, "num_key_value_heads": 1},
    {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 2, "use_qkv_bias": True},
    {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1, "partial_rotary_factor": 0.5},
    {"hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 4, "partial_rotary_factor": 1.0, "tie_word_embeddings": False},
    {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 2, "use_parallel_residual": True},
    {"hidden_size": 64, "num_attention_heads": 1, "num_key_value_heads": 1, "layer_norm_eps": 1e-3, "rope_theta": 50.0},
    {"hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 4, "intermediate_size": 16},
    {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2, "use_qkv_bias": True, "use_parallel_residual": True,
     "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0, "partial_rotary_factor": 0.5}},
]
FACTORS = {"embedding_multiplier": 12.0, "attention_multiplier": 0.25, "residual_multiplier": 0.22, "logits_scaling": 8.0}
GRANITE = [
    {"hidden_size": 64},
    {"hidden_size": 64, **FACTORS},
    {"hidden_size": 64, **FACTORS, "embedding_multiplier": 0.5, "tie_word_embeddings": False},
    {"hidden_size": 64, **FACTORS, "attention_bias": True, "mlp_bias": True},
    {"hidden_size": 64, **FACTORS, "num_key_value_heads": 1, "rope_theta": 50.0},
    {"hidden_size": 64, **FACTORS, "residual_multiplier": 2.0, "num_hidden_layers": 4},
    {"hidden_size": 64, "attention_multiplier": 0.015625, "rope_scaling": {"type": "linear", "factor": 4.0}},
    {"hidden_size": 96, "num_attention_heads": 2, "num_key_value_heads": 2, "logits_scaling": 0.5, "rms_norm_eps": 1e-3},
]
SMOLLM3 = [
    {"num_hidden_layers": 5, "hidden_size": 64},
    {"num_hidden_layers": 3, "hidden_size": 64, "no_rope_layers": [0, 1, 0]},
    {"num_hidden_layers": 4, "hidden_size": 64, "no_rope_layer_interval": 2, "rope_theta": 50.0},
    {"num_hidden_layers": 4, "hidden_size": 64, "use_sliding_window": True, "sliding_window": 6, "no_rope_layer_interval": 2},
    {"num_hidden_layers": 2, "hidden_size": 64, "num_key_value_heads": 1, "no_rope_layers": [1, 1], "tie_word_embeddings": False},
    {"num_hidden_layers": 2, "hidden_size": 64, "attention_bias": True, "mlp_bias": True, "no_rope_layers": [0, 0]},
    {"num_hidden_layers": 4, "hidden_size": 128, "rope_scaling": {"type": "linear", "factor": 4.0}, "rope_theta": 1e4},
    {"num_hidden_layers": 4, "hidden_size": 64, "rms_norm_eps": 1e-3, "use_sliding_window": True, "sliding_window": 5,
     "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]},
]
OLMO2 = [
    {"hidden_size": 64},
    {"hidden_size": 64, "num_key_value_heads": 1},
    {"hidden_size": 64, "num_key_value_heads": 4, "tie_word_embeddings": False},
    {"hidden_size": 64, "attention_bias": True},
    {"hidden_size": 128, "rms_norm_eps": 1e-3},
    {"hidden_size": 64, "num_hidden_layers": 4, "rope_theta": 50.0},
    {"hidden_size": 64, "rope_scaling": {"type": "linear", "factor": 4.0}},
    {"hidden_size": 96, "num_attention_heads": 2, "num_key_value_heads": 2, "intermediate_size": 16},
]
COHERE = [
    {"hidden_size": 64},
    {"hidden_size": 64, "logit_scale": 0.25, "num_key_value_heads": 1},
    {"hidden_size": 64, "attention_bias": True},
    {"hidden_size": 128, "layer_norm_eps": 1e-3},
    {"hidden_size": 64, "num_hidden_layers": 4, "rope_theta": 50.0},
    {"hidden_size": 64, "tie_word_embeddings": False, "num_key_value_heads": 4},
    {"hidden_size": 64, "rope_scaling": {"type": "linear", "factor": 4.0}},
    {"hidden_size": 96, "num_attention_heads": 2, "num_key_value_heads": 2, "intermediate_size": 16},
]
GLM4 = [
    {"head_dim": 32},
    {"head_dim": 32, "num_key_value_heads": 1, "attention_bias": False},
    {"head_dim": 64, "num_attention_heads": 2, "partial_rotary_factor": 0.25},
    {"head_dim": 32, "partial_rotary_factor": 1.0, "tie_word_embeddings": False},
    {"head_dim": 32, "rms_norm_eps": 1e-3, "hidden_size": 64},
    {"head_dim": 32, "num_hidden_layers": 4, "rope_theta": 50.0},
    {"head_dim": 32, "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500.0, "partial_rotary_factor": 0.5}},
    {"head_dim": 48, "partial_rotary_factor": 0.67, "num_key_value_heads": 4, "intermediate_size": 16},
]
FAMILIES = {"gemma": GEMMA, "gemma2": GEMMA2, "gemma3_text": GEMMA3, "phi": PHI, "phi3": PHI3, "stablelm": STABLELM, "granite": GRANITE,
            "smollm3": SMOLLM3, "olmo2": OLMO2, "cohere": COHERE, "glm4": GLM4}


def exponent(name, shape, config):
    """Numbers up to 2^e: norms near 1, matrices that keep lengths, embeddings short enough that a tied head does not just repeat."""
    if "norm" in name or name.endswith("bias"):
        return -2
    if "embed" in name or "lm_head" in name:
        return -3
    return round(math.log2((3 / shape[1]) ** 0.5))


def numbered(model, config, start):
    """Fills a model's weights; gives name, shape, exponent and what is added, in the order of the names."""
    state, listed = model.state_dict(), []
    tied = config.tie_word_embeddings
    for name in sorted(state):
        if tied and name == "lm_head.weight":
            continue
        tensor = state[name]
        e = exponent(name, tensor.shape, config)
        plus = 0 if config.model_type.startswith("gemma") or "norm" not in name or name.endswith("bias") else 1
        tensor.copy_(torch.from_numpy(values(tensor.shape, e, plus, start)))
        start += tensor.numel()
        listed.append([name, list(tensor.shape), e, plus])
    return listed


def made(family, changes, number):
    """With the first numbers that leave no token in doubt."""
    for start in range(0, 100_000_000, 1_000_003):
        model = answer(family, changes, start)
        if min(model.pop("margins")) > 1e-3:
            return {"name": f"{family} {number}", **model}


def answer(family, changes, start):
    fields = {"model_type": family} | SMALL | changes
    # Of these the class has no such field, and a padding token beyond the small vocabulary.
    if not family.startswith("gemma"):
        fields = {key: value for key, value in fields.items() if key != "head_dim" or family == "glm4"} | {"pad_token_id": 0}
    config = AutoConfig.for_model(**{key: value for key, value in json.loads(json.dumps(fields)).items()})
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    with torch.no_grad():
        tensors = numbered(model, config, start)
        model.tie_weights()
        prefill = model(torch.tensor([PROMPT]), use_cache=False).logits[0, -1]
        tokens = list(PROMPT)
        margins = []
        for _ in range(STEPS):
            logits = model(torch.tensor([tokens]), use_cache=False).logits[0, -1]
            best = logits.topk(2).values
            margins.append(float((best[0] - best[1]) / logits.abs().max()))
            tokens.append(int(logits.argmax()))
        decode = model(torch.tensor([tokens]), use_cache=False).logits[0, -1]
    short = lambda values: [float(f"{value:.6g}") for value in values.tolist()]
    return {"config": fields, "start": start, "tensors": tensors, "prompt": PROMPT, "prefill": short(prefill),
            "greedy": tokens[len(PROMPT):], "decode": short(decode), "margins": margins}


models = [made(family, changes, number) for family, configs in FAMILIES.items() for number, changes in enumerate(configs, 1)]
OUT.write_text("[\n" + ",\n".join(json.dumps(model) for model in models) + "\n]\n")
