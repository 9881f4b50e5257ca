"""Makes files of weights as trainers and libraries leave them: a state dict alone or among other things, with views, shared storages, marked
parameters, optimizers, plain objects; safetensors with aliases and null metadata; folders with an index that is older than its shards.
"""

import collections
import json
import random

import torch
from safetensors.torch import save_file, save_model

DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool, torch.int8]


def numbers(rng, shape, dtype=None):
    dtype = dtype or rng.choice(DTYPES[:3] * 4 + DTYPES)
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    size = torch.empty(0, dtype=dtype).element_size()
    count = torch.Size(shape).numel()
    if dtype == torch.bool:
        return torch.randint(0, 2, shape, generator=generator).bool()
    return torch.randint(0, 256, (count * size,), dtype=torch.uint8, generator=generator).view(dtype).reshape(shape)


def view(rng, tensor):
    kind = rng.random()
    if kind < 0.5 or tensor.dim() == 0:
        return tensor
    if kind < 0.65:
        return tensor.transpose(0, -1)
    if kind < 0.8:
        return tensor[:: rng.choice([1, 2])]
    return tensor[..., :1].expand_as(tensor) if kind < 0.85 else tensor[rng.randrange(2) :]


def make_tensor(rng):
    shape = [rng.choice([0, 1, 2, 3, 5, 8]) if rng.random() < 0.1 else rng.choice([2, 3, 4, 7]) for _ in range(rng.choice([0, 1, 1, 2, 2, 2, 3, 4]))]
    tensor = view(rng, numbers(rng, shape))
    kind = rng.random()
    if kind < 0.25 and tensor.dtype.is_floating_point:
        tensor = torch.nn.Parameter(tensor, requires_grad=rng.random() < 0.7)
    elif kind < 0.3:
        tensor = torch.nn.Buffer(tensor)
    if rng.random() < 0.2:
        tensor._is_hf_initialized = True
    if rng.random() < 0.05:
        tensor.note = rng.choice([1, "text", (1, 2.5), {"a": [None]}, torch.Size([2])])
    return tensor


def state_dict(rng):
    names = [f"model.layers.{layer}.{part}" for layer in range(3) for part in ("q_proj.weight", "q_proj.bias", "norm.weight")] + ["lm_head.weight"]
    found = (collections.OrderedDict if rng.random() < 0.6 else dict)()
    for name in rng.sample(names, rng.randint(1, 6)):
        found[name] = make_tensor(rng)
    if rng.random() < 0.3:  # Two names of one matrix.
        found["model.embed_tokens.weight"] = rng.choice(list(found.values()))
    return found


def optimizer(rng):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))
    groups = [{"params": [model[0].weight]}, {"params": [model[0].bias, model[1].weight], "weight_decay": 0.0}]
    made = rng.choice([torch.optim.AdamW, torch.optim.Adam])(groups, lr=1e-3)
    if rng.random() < 0.7:
        model(torch.ones(3)).sum().backward()
        made.step()
    return made.state_dict()


def extras(rng):
    shared = {"betas": (0.9, 0.999), "names": ["a", "b"]}
    choices = {
        "epoch": lambda: 3, "best": lambda: 2**70, "loss": lambda: float("nan"), "note": lambda: "text \u2581", "none": lambda: None,
        "optimizer": lambda: optimizer(rng), "optimizer_states": lambda: [optimizer(rng)], "settings": lambda: [shared, shared],
        "device": lambda: torch.device("cpu"), "counts": lambda: collections.Counter("aab"), "set": lambda: {1, "b"}, "bytes": lambda: b"abc",
        "complex": lambda: 1j, "layout": lambda: torch.strided, "dtype": lambda: torch.bfloat16, "rng_state": lambda: numbers(rng, [16], torch.uint8),
        "ema": lambda: state_dict(rng), "size": lambda: torch.Size([2, 3]), "loss_history": lambda: [0.5, 0.25], "empty": lambda: {},
    }
    return {name: choices[name]() for name in rng.sample(sorted(choices), rng.randint(0, 5))}


def make_torch(rng, path):
    kind = rng.random()
    if kind < 0.15:
        content = make_tensor(rng)
    elif kind < 0.45:
        content = state_dict(rng)
    else:
        content = {rng.choice(["state_dict", "model", "module", "weights"]): state_dict(rng)} | extras(rng)
    protocol = rng.choice([2, 2, 2, 3, 4])
    torch.save(content, path, pickle_protocol=protocol)
    # torch's own list of what is safe ends at the protocol that it writes by default; this file is our own.
    return torch.load(path, map_location="cpu", weights_only=protocol == 2)


def flat(value, prefix=""):
    """What this tool reads of a file: names joined with dots, without what optimizers keep."""
    if isinstance(value, torch.Tensor):
        return {prefix or "tensor": value}
    if isinstance(value, dict):
        if isinstance(value.get("state"), dict) and isinstance(value.get("param_groups"), list):
            return {}
        children = [(key, child) for key, child in value.items() if isinstance(key, (str, int)) and not isinstance(key, bool)]
    elif isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        children = list(enumerate(value))
    else:
        return {}
    found = {}
    for key, child in children:
        found |= flat(child, f"{prefix}.{key}" if prefix else str(key))
    return found


def make_safetensors(rng, path):
    if rng.random() < 0.4:
        modules = torch.nn.ModuleDict({"embed_tokens": torch.nn.Embedding(5, 3), "lm_head": torch.nn.Linear(3, 5, bias=False)})
        modules["embed_tokens"].weight = modules["lm_head"].weight
        save_model(modules, path, metadata={"format": "pt"} if rng.random() < 0.5 else None)
        return {name: tensor.detach() for name, tensor in modules.state_dict().items()}
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in state_dict(rng).items()}
    save_file(tensors, path, metadata=rng.choice([None, {"format": "pt"}, {"a": "b"}]))
    if rng.random() < 0.3:
        raw = path.read_bytes()
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8 : 8 + length]) | {"__metadata__": None}
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + length :])
    return tensors


def make_folder(rng, path):
    """Shards and an index that names tensors which are elsewhere, or nowhere."""
    path.mkdir()
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in (state_dict(rng) | {"more": make_tensor(rng)}).items()}
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    parts = [{}, {}]
    weight_map = {}
    for name, tensor in tensors.items():
        place = rng.randrange(2)
        parts[place][name] = tensor
        weight_map[name] = names[place if rng.random() < 0.8 else 1 - place]
    if rng.random() < 0.5:
        weight_map["mtp.fc.weight"] = names[0]
    for name, part in zip(names, parts):
        save_file(part, path / name)
        weight_map[f"filler.{name}"] = name
    (path / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 1.5}, "weight_map": weight_map}))
    return tensors


def make_checkpoint(seed, folder):
    """Writes one and gives its path and tensors."""
    rng = random.Random(seed)
    kind = rng.random()
    if kind < 0.7:
        path = folder / rng.choice(["made.bin", "made.pt", "made.pth", "made.ckpt"])
        return path, flat(make_torch(rng, path))
    if kind < 0.85:
        path = folder / "made.safetensors"
        return path, make_safetensors(rng, path)
    path = folder / "made"
    return path, make_folder(rng, path)
