"""Adds GGUF files to test/goldens/checkpoints: small ones, every type of block among them, and what is in them.

Beside each file or folder X stands X.expected.json, as checkpoints.py writes it: blocks are F32 there, as gguf.quants.dequantize
makes them. X.keys.json holds the keys. The reader must agree bit for bit; there is no tolerance.

Made with gguf 0.19.0, numpy 2.4.6. Run: python gguf_files.py
"""

import json
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

ROOT = pathlib.Path(__file__).resolve().parent.parent / "checkpoints"
BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
# Where the float16 numbers of a block lie, in bytes.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
PLAIN = {Type.F32: "F32", Type.F16: "F16", Type.BF16: "BF16", Type.I8: "I8", Type.I32: "I32", Type.F64: "F64"}
rng = np.random.default_rng(0)


def blocks(name, rows, columns):
    """Random bits, with scales of both signs, subnormal ones and zero among them, but none that is not finite."""
    size, length = gguf.GGML_QUANT_SIZES[Type[name]]
    data = rng.integers(0, 256, (rows, columns // size, length), dtype=np.uint8)
    scales = rng.integers(0, 0x7C00, (rows, columns // size, len(HALVES[name])), dtype=np.uint16)
    scales |= rng.integers(0, 2, scales.shape, dtype=np.uint16) << 15
    scales.reshape(-1)[:2] = [0, 0x8001]
    for index, at in enumerate(HALVES[name]):
        data[..., at : at + 2] = scales[..., index : index + 1].astype("<u2").view(np.uint8)
    return data.reshape(rows, -1)


def expected(data, kind):
    if kind in PLAIN:
        return {"dtype": PLAIN[kind], "shape": list(data.shape), "bytes": data.tobytes().hex()}
    floats = gguf.quants.dequantize(data, kind).astype("<f4")
    return {"dtype": "F32", "shape": list(floats.shape), "bytes": floats.tobytes().hex()}


def write(path, tensors, keys=lambda writer: None, **options):
    """`tensors`: name to (array, type); of BF16 and blocks the array is of bytes."""
    writer = gguf.GGUFWriter(path, "test", **options)
    keys(writer)
    for name, (data, kind) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def expect(name, tensors):
    lines = [f"  {json.dumps(key)}: {json.dumps(expected(*tensor))}" for key, tensor in tensors.items()]
    (ROOT / f"{name}.expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def every_type():
    plain = {
        "F32": (rng.standard_normal((3, 5), dtype=np.float32), Type.F32),
        "F16": (rng.standard_normal((2, 2, 3)).astype(np.float16), Type.F16),
        "I8": (rng.integers(-128, 128, 7, dtype=np.int8), Type.I8),
        "I32": (rng.integers(-(2**31), 2**31, (1, 2), dtype=np.int32), Type.I32),
        "F64": (rng.standard_normal(3), Type.F64),
    }
    # 8192 elements and more are taken apart in several steps.
    quantised = {name: (blocks(name, 2, 256), Type[name]) for name in BLOCKS}
    quantised["long"] = (blocks("Q4_1", 33, 256), Type.Q4_1)
    write(ROOT / "every-type.gguf", plain | quantised)
    expect("every-type.gguf", plain | quantised)


def bfloat16():
    bits = rng.integers(0, 2**16, (2, 5), dtype=np.uint16)
    write(ROOT / "bfloat16.gguf", {"BF16": (bits.view(np.uint8), Type.BF16)})
    line = {"dtype": "BF16", "shape": [2, 5], "bytes": bits.astype("<u2").tobytes().hex()}
    (ROOT / "bfloat16.gguf.expected.json").write_text(json.dumps({"BF16": line}, indent=2) + "\n")


def keys():
    def add(writer):
        writer.add_custom_alignment(128)
        writer.add_uint8("u8", 255)
        writer.add_int8("i8", -128)
        writer.add_uint16("u16", 65535)
        writer.add_int16("i16", -32768)
        writer.add_uint32("u32", 2**32 - 1)
        writer.add_int32("i32", -(2**31))
        writer.add_uint64("u64", 2**53 - 1)
        writer.add_int64("i64", -(2**53) + 1)
        writer.add_float32("f32", 1e-6)
        writer.add_float64("f64", 1e-6)
        writer.add_bool("yes", True)
        writer.add_bool("no", False)
        writer.add_string("text", "é▁\u2028😀")
        writer.add_string("empty", "")
        writer.add_array("strings", ["Ġ Ġ", "", "\ufffd", "日本"])
        writer.add_array("floats", [0.5, -1.25])
        writer.add_array("whole", [1, -2, 3])
        writer.add_array("flags", [True, False])

    tensors = {"a": (np.arange(3, dtype=np.float32), Type.F32), "b": (np.arange(4, dtype=np.float32), Type.F32)}
    write(ROOT / "keys.gguf", tensors, add)
    expect("keys.gguf", tensors)
    fields = gguf.GGUFReader(ROOT / "keys.gguf").fields
    values = {name: field.contents() for name, field in fields.items() if not name.startswith("GGUF.")}
    (ROOT / "keys.gguf.keys.json").write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def splits():
    tensors = {f"t{i}": (rng.standard_normal((2, 3), dtype=np.float32), Type.F32) for i in range(5)}
    write(ROOT / "split.gguf", tensors, split_max_tensors=2)
    expect("split-00001-of-00003.gguf", tensors)


every_type()
bfloat16()
keys()
splits()
