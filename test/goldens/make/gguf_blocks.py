"""Makes test/goldens/written-blocks.json: numbers, and the blocks that the package `gguf` makes of them.

`floats` is little-endian float32, the other fields the blocks, all as hexadecimal. The writer must give the same bytes; there is no tolerance.

Made with gguf 0.19.0, numpy 2.4.6. Run: python gguf_blocks.py
"""

import json
import pathlib

import gguf
import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "written-blocks.json"
rng = np.random.default_rng(0)

steps = np.arange(32, dtype=np.float32)
blocks = np.stack([
    np.zeros(32), -np.zeros(32),
    steps - 15.5, (steps - 16) / 2, np.where(steps % 2, 127, -127), np.where(steps % 2, -8, 8),
    np.where(steps == 7, 127, steps + 0.5), np.where(steps == 7, -8, (steps - 16) / 2 + 0.25),
    np.full(32, 1e-30), np.full(32, -6e4), rng.normal(size=32) * 1e-7, rng.normal(size=32) * 1e4,
    *rng.normal(size=(40, 32)), *rng.standard_cauchy((12, 32)),
]).astype("<f4")
written = {name: gguf.quants.quantize(blocks, gguf.GGMLQuantizationType[name]).tobytes().hex() for name in ("Q8_0", "Q4_0")}
OUT.write_text(json.dumps({"floats": blocks.tobytes().hex(), **written}, indent=1) + "\n")
