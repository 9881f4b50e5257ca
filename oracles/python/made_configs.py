"""Makes config.json files of small LLMs as people have them: fields left out, null, spelled the old way or twice, and weights that fit or do not.

`make_model(seed)` gives {"config", "tensors", "metadata", "prompt"}; a tensor is [name, shape, exponent, added, first], the numbers of
test/goldens/make/numbered.py from the first on.
"""

import math
import random

NONE = object()
"""A field that is left out."""

DEFAULT_KV_HEADS = {"mistral": 8, "ministral": 8, "qwen2": 32, "qwen3": 32, "gemma": 16, "gemma2": 4, "gemma3_text": 4}
DEFAULT_HEAD_DIM = {"qwen3": 128, "gemma": 256, "gemma2": 256, "gemma3_text": 256}
GEMMAS = ("gemma", "gemma2", "gemma3_text")
FAMILIES = ["llama", "llama", "mistral", "mistral", "ministral", "qwen2", "qwen2", "qwen3", *GEMMAS]


def pick(rng, *choices):
    """One of (weight, value)."""
    return rng.choices([value for _, value in choices], [weight for weight, _ in choices])[0]


def scaling(rng, head_dim, positions):
    """The fields of one rope_scaling or rope_parameters."""
    kind = pick(rng, (4, "default"), (4, "linear"), (3, "llama3"), (4, "yarn"), (2, "dynamic"), (0.4, "longrope"), (0.2, "mrope"), (0.1, "su"))
    fields = {pick(rng, (3, "rope_type"), (1, "type")): kind}
    if rng.random() < 0.05:
        fields = {"rope_type": kind, "type": "linear"}
    if rng.random() < 0.1 and kind == "default":
        fields = {}
    if kind not in ("default", "mrope"):
        fields["factor"] = pick(rng, (9, rng.choice([2.0, 4.0, 8, 1.5])), (0.2, NONE), (0.2, None), (0.3, 0.5))
    if kind == "llama3":
        fields["low_freq_factor"] = pick(rng, (5, 1.0), (1, 2), (0.3, NONE))
        fields["high_freq_factor"] = pick(rng, (5, 4.0), (1, 2.0), (0.5, 1))
    if kind in ("llama3", "yarn", "longrope"):
        fields["original_max_position_embeddings"] = pick(rng, (4, rng.choice([8, 16, 32])), (1, NONE))
    if kind == "longrope":
        fields |= {"short_factor": [1.0] * (head_dim // 2), "long_factor": [2.0] * (head_dim // 2)}
    if kind == "yarn":
        fields |= {name: value for name, value in {
            "attention_factor": pick(rng, (4, NONE), (1, 0.5), (0.5, 1.0), (0.5, None)),
            "beta_fast": pick(rng, (4, NONE), (1, 16), (0.5, 4.0), (0.3, None), (0.3, 0)),
            "beta_slow": pick(rng, (4, NONE), (1, 2), (0.3, None)),
            "mscale": pick(rng, (4, NONE), (1, 0.7), (0.5, 0)), "mscale_all_dim": pick(rng, (4, NONE), (1, 1.2)),
            "truncate": pick(rng, (4, NONE), (1, False), (1, True)),
        }.items()}
    if rng.random() < 0.5:
        fields["rope_theta"] = rng.choice([100.0, 1e4, 1e6, 50])
    if rng.random() < 0.04:
        fields["partial_rotary_factor"] = rng.choice([1.0, 0.5])
    return {name: value for name, value in fields.items() if value is not NONE}


def rope(rng, family, head_dim, positions):
    fields = {"rope_theta": pick(rng, (3, NONE), (2, rng.choice([20.0, 1e4, 1e6, 500])))}
    for name in ("rope_scaling", "rope_parameters"):
        fields[name] = pick(rng, (4, NONE), (1, None), (0.5, {}), (4, scaling(rng, head_dim, positions)))
    if family == "gemma3_text" or rng.random() < 0.04:
        by_layer = {kind: pick(rng, (4, scaling(rng, head_dim, positions)), (0.5, None), (0.5, NONE)) for kind in ("full_attention", "sliding_attention")}
        fields["rope_parameters"] = pick(rng, (2, NONE), (3, {kind: value for kind, value in by_layer.items() if value is not NONE}), (0.5, fields["rope_parameters"]))
        fields["rope_local_base_freq"] = pick(rng, (1, NONE), (1, 100.0))
    fields["original_max_position_embeddings"] = pick(rng, (9, NONE), (1, rng.choice([8, 16])))
    fields["partial_rotary_factor"] = pick(rng, (30, NONE), (1, 1.0), (1, 0.5))
    return fields


def windows(rng, family, layers):
    kinds = ["full_attention", "sliding_attention"]
    types = [rng.choice(kinds) for _ in range(layers)]
    fields = {"sliding_window": pick(rng, (6, rng.choice([2, 4, 7])), (1, NONE), (1, None))}
    fields["layer_types"] = pick(
        rng, (5, NONE), (4, types), (0.4, None), (0.1, types + ["full_attention"]), (0.3, ["attention"] * layers), (0.1, ["chunked_attention"] * layers))
    if family in ("qwen2", "qwen3"):
        fields["use_sliding_window"] = pick(rng, (2, NONE), (1, False), (4, True))
        fields["max_window_layers"] = pick(rng, (1, NONE), (3, rng.randint(0, layers)))
    if family == "gemma3_text":
        fields["sliding_window_pattern"] = pick(rng, (1, NONE), (2, rng.choice([1, 2, 3])))
    if family == "llama":
        fields = {name: value if rng.random() < 0.15 else NONE for name, value in fields.items()}
    return fields


def sizes(rng, family):
    heads = rng.choice([1, 2, 4, 8])
    kv = rng.choice([count for count in (1, 2, 4, 8) if heads % count == 0])
    if family in ("mistral", "ministral") and rng.random() < 0.3:
        heads = kv = 8
    head_dim = pick(rng, (5, 16), (3, 32), (0.5, 48), (0.1, 24), (1, DEFAULT_HEAD_DIM.get(family, 16)))
    hidden = rng.choice([width for width in (16, 32, 48, 64, heads * head_dim) if width % heads == 0])
    layers = rng.choice([1, 2, 2, 3, 4])
    fields = {"hidden_size": hidden, "num_attention_heads": heads, "num_hidden_layers": layers, "intermediate_size": rng.choice([16, 24, 48])}
    fields["num_key_value_heads"] = kv
    if kv == DEFAULT_KV_HEADS.get(family, heads) and rng.random() < 0.6:
        fields["num_key_value_heads"] = NONE
    elif kv == heads and rng.random() < (0.3 if family in ("llama", "qwen2", "qwen3") else 0.05):
        fields["num_key_value_heads"] = None
    fields["head_dim"] = head_dim
    own = DEFAULT_HEAD_DIM.get(family, hidden / heads)
    if head_dim == own and rng.random() < 0.7:
        fields["head_dim"] = pick(rng, (3, NONE), (1, None))
    return fields, {"heads": heads, "kv": kv, "head_dim": head_dim, "hidden": hidden, "layers": layers}


def others(rng, family):
    fields = {
        "rms_norm_eps": pick(rng, (2, NONE), (2, 1e-5), (1, 0.01), (0.1, 1)),
        "max_position_embeddings": pick(rng, (1, NONE), (5, rng.choice([32, 64, 128]))),
        "attention_bias": pick(rng, (3, NONE), (1, False), (1, True)),
        "mlp_bias": pick(rng, (4, NONE), (1, False), (1, True)),
        "attention_dropout": pick(rng, (2, NONE), (1, 0.0)),
        "time_step_limit": pick(rng, (9, NONE), (1, [0.0, math.inf])),
        "pretraining_tp": pick(rng, (3, NONE), (1, 2)),
        "torch_dtype": pick(rng, (2, NONE), (1, "bfloat16")),
        "use_cache": pick(rng, (3, NONE), (1, False)),
        "is_causal": pick(rng, (90, NONE), (1, False), (1, True)),
        "tie_word_embeddings": pick(rng, (2, NONE), (3, True), (3, False)),
        "bos_token_id": pick(rng, (1, NONE), (1, None), (1, 1)),
        "eos_token_id": pick(rng, (1, None), (1, 63), (1, [62, 63]), (0.5, NONE)),
        "pad_token_id": pick(rng, (2, NONE), (1, -1), (1, 0)),
    }
    act = "hidden_activation" if family in ("gemma2", "gemma3_text") else "hidden_act"
    fields[act] = pick(rng, (6, NONE), (3, "gelu_pytorch_tanh" if family in GEMMAS else "silu"), (0.2, "gelu"), (0.2, "swish"), (0.1, "relu"))
    if family in ("gemma2", "gemma3_text"):
        fields["query_pre_attn_scalar"] = pick(rng, (3, rng.choice([8, 16, 24])), (1, NONE))
        fields["final_logit_softcapping"] = pick(rng, (2, NONE), (1, None), (2, 3.0))
        fields["attn_logit_softcapping"] = pick(rng, (2, NONE), (1, None), (2 if family == "gemma2" else 0.3, 2.0))
    elif rng.random() < 0.02:
        fields["attn_logit_softcapping"] = 2.0
    return fields


def layer_tensors(family, size, fields):
    """Name, shape and whether it is a norm, of one layer."""
    query, key, hidden, inner = size["heads"] * size["head_dim"], size["kv"] * size["head_dim"], size["hidden"], fields["intermediate_size"]
    bias = {"llama": "qkvo", "qwen3": "qkvo", "gemma": "qkvo", "gemma2": "qkvo", "gemma3_text": "qkvo"}.get(family, "") if fields.get("attention_bias") is True else ""
    bias = "qkv" if family == "qwen2" else bias
    mlp_bias = family == "llama" and fields.get("mlp_bias") is True
    for letter, (rows, columns) in {"q": (query, hidden), "k": (key, hidden), "v": (key, hidden), "o": (hidden, query)}.items():
        yield f"self_attn.{letter}_proj.weight", (rows, columns), False
        if letter in bias:
            yield f"self_attn.{letter}_proj.bias", (rows,), False
    if family in ("qwen3", "gemma3_text"):
        yield "self_attn.q_norm.weight", (size["head_dim"],), True
        yield "self_attn.k_norm.weight", (size["head_dim"],), True
    for name, (rows, columns) in {"gate": (inner, hidden), "up": (inner, hidden), "down": (hidden, inner)}.items():
        yield f"mlp.{name}_proj.weight", (rows, columns), False
        if mlp_bias:
            yield f"mlp.{name}_proj.bias", (rows,), False
    norms = ["input_layernorm", "post_attention_layernorm"]
    if family in ("gemma2", "gemma3_text"):
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    for norm in norms:
        yield f"{norm}.weight", (hidden,), True


def exponent(shape, kind):
    if kind != "matrix":
        return -2 if kind == "norm" else -3
    return round(math.log2((3 / shape[-1]) ** 0.5))


def make_tensors(rng, family, size, fields, vocabulary, prefix, head):
    """What the files hold, and aliases of save_model."""
    listed, at = [], rng.randrange(10**8)

    def add(name, shape, kind, first=None):
        nonlocal at
        added = 1 if kind == "norm" and family not in GEMMAS else 0
        listed.append([name, list(shape), exponent(shape, kind), added, at if first is None else first])
        at += math.prod(shape) if first is None else 0

    table = (vocabulary, size["hidden"])
    may_be_tied = family in GEMMAS or fields.get("tie_word_embeddings") is True
    stored = pick(rng, (4, "both"), (2, "equal"), (6 if may_be_tied else 0.6, "table"), (1.5 if may_be_tied else 0.2, "head"))
    metadata = {}
    if stored != "head":
        add(f"{prefix}embed_tokens.weight", table, "table")
    if stored == "equal":
        add(head, table, "table", listed[-1][4])
    elif stored in ("both", "head"):
        add(head, table, "table")
    if stored == "head" and rng.random() < 0.5:
        metadata = {f"{prefix}embed_tokens.weight": head}
    for layer in range(size["layers"]):
        for name, shape, is_norm in layer_tensors(family, size, fields):
            kind = "norm" if is_norm else "bias" if len(shape) == 1 else "matrix"
            add(f"{prefix}layers.{layer}.{name}", shape, kind)
    add(f"{prefix}norm.weight", (size["hidden"],), "norm")
    return listed, metadata, at


VISION = {"model_type": "clip_vision_model", "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": 28,
          "patch_size": 14, "projection_dim": 16}
PREFIXES = {None: ("model.", "lm_head.weight"), "base": ("", "lm_head.weight"), "old": ("language_model.model.", "language_model.lm_head.weight"),
            "new": ("model.language_model.", "lm_head.weight")}


def make_model(seed):
    rng = random.Random(seed)
    family = rng.choice(FAMILIES)
    fields, size = sizes(rng, family)
    fields |= others(rng, family) | windows(rng, family, size["layers"])
    positions = fields["max_position_embeddings"]
    fields |= rope(rng, family, size["head_dim"], 128 if positions is NONE else positions)
    vocabulary = rng.choice([64, 70])
    fields |= {"model_type": family, "vocab_size": vocabulary}
    fields = {name: value for name, value in fields.items() if value is not NONE}
    layout = pick(rng, (6, None), (0.7, "base"), (1.5, "old"), (1.5, "new"))
    prefix, head = PREFIXES[layout]
    tensors, metadata, at = make_tensors(rng, family, size, fields, vocabulary, prefix, head)
    config = fields
    if layout in ("old", "new"):
        outer = {"vocab_size": pick(rng, (3, NONE), (1, vocabulary), (1, 32000)), "tie_word_embeddings": pick(rng, (2, NONE), (1, True), (1, False))}
        config = {"model_type": "llava", "image_token_index": 3, "text_config": fields, "vision_config": VISION} | {
            name: value for name, value in outer.items() if value is not NONE}
    prompt = [rng.randrange(4, 62) for _ in range(rng.choice([1, 5, 12, 20]))]
    return {"config": config, "layout": layout, "hidden": size["hidden"], "tensors": tensors, "metadata": metadata, "prompt": prompt, "next": at}
