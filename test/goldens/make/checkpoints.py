"""Writes test/goldens/checkpoints: small files as real producers write them, and what is in them.

Beside each file or folder X stands X.expected.json: for every tensor its dtype (safetensors' spelling), shape and the
hexadecimal bytes of its elements, little-endian and row-major. The reader must agree bit for bit; there is no tolerance.
Files in test/goldens/checkpoints/refused have no such companion: they must not open.

Made with torch 2.13.0, safetensors 0.8.0, huggingface_hub 1.33.0. Run: python checkpoints.py
"""

import collections
import json
import os
import pathlib
import zipfile

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import load_file, save_file, save_model

ROOT = pathlib.Path(__file__).resolve().parent.parent / "checkpoints"
REFUSED = ROOT / "refused"
SPELLING = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16", torch.uint16: "U16",
    torch.int32: "I32", torch.uint32: "U32", torch.int64: "I64", torch.uint64: "U64", torch.float16: "F16",
    torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64", torch.complex64: "C64",
    torch.float8_e5m2: "F8_E5M2", torch.float8_e4m3fn: "F8_E4M3", torch.float8_e8m0fnu: "F8_E8M0",
    torch.float8_e5m2fnuz: "F8_E5M2FNUZ", torch.float8_e4m3fnuz: "F8_E4M3FNUZ",
}
torch.manual_seed(0)


def describe(tensor):
    packed = torch.empty(tensor.numel(), dtype=tensor.dtype).copy_(tensor.detach().reshape(-1))
    raw = packed.view(torch.uint8)
    return {"dtype": SPELLING[tensor.dtype], "shape": list(tensor.shape), "bytes": bytes(raw.tolist()).hex()}


def expect(name, tensors):
    lines = [f"  {json.dumps(key)}: {json.dumps(describe(tensor))}" for key, tensor in tensors.items()]
    (ROOT / f"{name}.expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def numbers(dtype, *shape):
    """Random bits, so that NaNs, infinities and subnormal numbers come too."""
    count = torch.Size(shape).numel()
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    size = torch.empty(0, dtype=dtype).element_size()
    return torch.randint(0, 256, (count * size,), dtype=torch.uint8).view(dtype).reshape(shape)


def rezip(source, target, compression=zipfile.ZIP_STORED, change=lambda name, data: data):
    """The same archive with other members; `change` gives None for those to leave out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for info in old.infolist():
            data = change(info.filename.split("/", 1)[1], old.read(info))
            if data is not None:
                new.writestr(zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0)), data, compression)


def write_safetensors():
    every = {str(dtype).removeprefix("torch."): numbers(dtype, 2, 3) for dtype in SPELLING}
    save_file(every, ROOT / "every-dtype.safetensors", metadata={"format": "pt"})
    expect("every-dtype.safetensors", every)


def make_model():
    return collections.OrderedDict(
        [
            ("model.embed_tokens.weight", numbers(torch.bfloat16, 8, 4)),
            ("model.norm.weight", numbers(torch.float16, 4)),
            ("model.layers.0.weight", numbers(torch.float32, 4, 4)),
            ("lm_head.weight", numbers(torch.bfloat16, 8, 4)),
        ]
    )


def write_sharded():
    for name, safe in [("sharded-safetensors", True), ("sharded-torch", False)]:
        folder = ROOT / name
        folder.mkdir(exist_ok=True)
        state = make_model()
        save_torch_state_dict(state, folder, safe_serialization=safe, max_shard_size=100)
        expect(name, state)


def write_torch():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1).half(), torch.nn.LayerNorm(2).bfloat16())
    torch.save(model.state_dict(), ROOT / "state-dict.bin")  # An OrderedDict with the attribute _metadata.
    expect("state-dict.bin", model.state_dict())

    every = {str(dtype).removeprefix("torch."): numbers(dtype, 2, 3) for dtype in SPELLING}
    torch.save(every, ROOT / "every-dtype.bin")
    expect("every-dtype.bin", every)

    base = numbers(torch.float32, 4, 6)
    views = {
        "base": base,
        "rows": base[1:3],
        "row": base[3],
        "element": base[2, 3],
        "transposed": base.t(),
        "columns": base[:, 2:4],
        "every second": base[::2, ::3],
        "permuted": base.reshape(2, 3, 4).permute(2, 0, 1),
        "expanded": base[0, 1].expand(2, 3),
        "one wide": base[:, :1].t()[:, :1],
        "empty": base[4:],
        "parameter": torch.nn.Parameter(base[2:]),
        "frozen": torch.nn.Parameter(base[0], requires_grad=False),
        "again": base,
    }
    torch.save(views, ROOT / "views.bin")
    expect("views.bin", views)

    matrix = numbers(torch.float32, 5, 3)
    for name, tensor in [
        ("bare-tensor.pt", matrix),
        ("bare-parameter.pt", torch.nn.Parameter(matrix.to(torch.bfloat16))),
        ("bare-transposed.pt", matrix.t()),
    ]:
        torch.save(tensor, ROOT / name)
        expect(name, {"tensor": tensor})

    nested = {
        "epoch": 3, "big": 2**40, "huge": 2**80, "loss": 0.5, "note": "text \u2581", "none": None, "flags": [True, False],
        "shape": torch.Size([2, 3]), "dtype": torch.bfloat16,
        "state_dict": collections.OrderedDict(a=matrix, inner={"b": matrix[1], 7: matrix[2]}),
        "list": [matrix[0], (matrix[1], "x")],
    }
    torch.save(nested, ROOT / "nested.pth")
    expect("nested.pth", {"state_dict.a": matrix, "state_dict.inner.b": matrix[1], "state_dict.inner.7": matrix[2], "list.0": matrix[0], "list.1.0": matrix[1]})

    torch.save({"a": matrix}, ROOT / "protocol-4.pt", pickle_protocol=4)
    expect("protocol-4.pt", {"a": matrix})

    bytes_ = numbers(torch.uint8, 60)
    many = {f"t{i}": bytes_[i : i + 1] for i in range(60)}  # Memo indexes beyond one byte.
    torch.save(many, ROOT / "many.bin")
    expect("many.bin", many)

    # Before torch 2.1 archives had no byteorder member, before 2.8 no .format_version.
    old = {"byteorder", ".format_version", ".storage_alignment", ".data/serialization_id"}
    rezip(ROOT / "bare-tensor.pt", ROOT / "without-byteorder.pt", change=lambda name, data: None if name in old else data)
    expect("without-byteorder.pt", {"tensor": matrix})


def write_trained():
    """What training leaves in files: attributes of tensors, and a state dict among other things."""
    torch.manual_seed(1)
    matrix = numbers(torch.float32, 5, 3)
    marked = torch.nn.Parameter(matrix)
    marked._is_hf_initialized = True  # As transformers 5 marks every parameter that it loads.
    torch.save(marked, ROOT / "bare-marked-parameter.pt")
    expect("bare-marked-parameter.pt", {"tensor": matrix})

    noted = matrix[1:3].clone()
    noted.note = {"of": "rows", "place": (1, 2.5, None)}
    attributes = {"parameter": marked, "tensor": noted, "buffer": torch.nn.Buffer(matrix[0].clone()), "transposed": torch.nn.Parameter(matrix.t())}
    attributes["transposed"].sequence_parallel = False
    torch.save(attributes, ROOT / "attributes.pt")
    expect("attributes.pt", attributes)

    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1, bias=False))
    groups = [{"params": [model[0].weight]}, {"params": [model[0].bias, model[1].weight], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    model(torch.ones(3)).sum().backward()
    optimizer.step()
    wrapped = {
        "epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "lr_scheduler": scheduler.state_dict(),
        "rng_state": torch.get_rng_state(), "settings": [{"betas": groups[0]["betas"]}, {"betas": groups[0]["betas"]}],
    }
    torch.save(wrapped, ROOT / "wrapped.pth")
    expect("wrapped.pth", {f"model.{name}": tensor for name, tensor in model.state_dict().items()} | {"rng_state": wrapped["rng_state"]})

    objects = {
        "device": torch.device("cpu"), "counts": collections.Counter("aab"), "set": {1, "b"}, "bytes": b"abc", "complex": 1j,
        "layout": torch.strided, "matrix": matrix,
    }
    for name, protocol in [("plain-objects.pt", 2), ("plain-objects-4.pt", 4)]:
        torch.save(objects, ROOT / name, pickle_protocol=protocol)
        expect(name, {"matrix": matrix})

    empty = {"behind": matrix[5:, 3:], "beyond": matrix[2:, 3:].t(), "none": torch.zeros(0, 3)}
    torch.save(empty, ROOT / "empty-views.pt")
    expect("empty-views.pt", empty)


def write_odd_metadata():
    torch.manual_seed(2)
    tied = torch.nn.ModuleDict({"lm_head": torch.nn.Linear(3, 5, bias=False), "embed_tokens": torch.nn.Embedding(5, 3)})
    tied["embed_tokens"].weight = tied["lm_head"].weight
    save_model(tied, ROOT / "tied-alias.safetensors")  # Stores one of the two, and names the other in the metadata.
    expect("tied-alias.safetensors", tied.state_dict())

    row = numbers(torch.uint8, 4)
    header = json.dumps({"__metadata__": None, "row": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}).encode()
    (ROOT / "null-metadata.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(row.tolist()))
    expect("null-metadata.safetensors", load_file(ROOT / "null-metadata.safetensors"))


class Foreign:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


def write_refused():
    source = ROOT / "bare-tensor.pt"
    torch.save({"a": torch.zeros(2), "b": Foreign()}, REFUSED / "foreign-global.bin")
    torch.save(torch.nn.Linear(2, 2), REFUSED / "whole-module.pt")
    torch.save({"a": torch.zeros(2).to_sparse()}, REFUSED / "sparse.pt")
    torch.save({"a": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8)}, REFUSED / "quantised.pt")
    torch.save({"a": torch.zeros(2, dtype=torch.complex128)}, REFUSED / "complex128.pt")
    torch.save({"a": torch.tensor([1 + 2j]).conj()}, REFUSED / "conjugated.pt")
    torch.save({"a": torch.zeros(2, device="meta")}, REFUSED / "meta.pt")
    torch.save({"a": torch.zeros(2)}, REFUSED / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 1}, REFUSED / "no-tensors.bin")
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(REFUSED / "torchscript.pt"))
    rezip(source, REFUSED / "compressed.pt", zipfile.ZIP_DEFLATED)
    rezip(source, REFUSED / "big-endian.pt", change=lambda name, data: b"big" if name == "byteorder" else data)
    rezip(source, REFUSED / "missing-storage.pt", change=lambda name, data: None if name == "data/0" else data)
    rezip(source, REFUSED / "short-storage.pt", change=lambda name, data: data[:-1] if name == "data/0" else data)
    rezip(source, REFUSED / "no-pickle.pt", change=lambda name, data: None if name == "data.pkl" else data)


if __name__ == "__main__":
    ROOT.mkdir(exist_ok=True)
    REFUSED.mkdir(exist_ok=True)
    write_safetensors()
    write_sharded()
    write_torch()
    write_refused()
    write_trained()
    write_odd_metadata()
