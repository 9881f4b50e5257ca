"""Opens test/goldens/written, the archives that src/checkpoint/torch/write.ts makes, with PyTorch's own loader.

The test compares what is written with these files byte for byte, so that what is true of them stays true of it. Run this
after changing them: python check_written.py. It was run with torch 2.13.0; equality is exact.
"""

import pathlib

import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent / "written"

EXPECTED = {
    "dict.bin": {
        "model.mm_projector.0.weight": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        "model.mm_projector.0.bias": torch.tensor([0.5, 1.0], dtype=torch.bfloat16),
    },
    "bare.pt": torch.tensor([[0.5, -1.0], [2.0, 1e-3]]),
}


def same(found, expected):
    return found.dtype == expected.dtype and found.shape == expected.shape and torch.equal(found, expected)


for name, expected in EXPECTED.items():
    for mmap in (False, True):
        found = torch.load(ROOT / name, map_location="cpu", weights_only=True, mmap=mmap)
        if isinstance(expected, dict):
            assert type(found) is dict and list(found) == list(expected), name
            assert all(same(found[key], expected[key]) for key in expected), name
        else:
            assert same(found, expected), name
    print(name, "opens")
