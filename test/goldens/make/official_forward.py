"""What the official training code computes from the files of `langbridge transfer --official`.

    GOLDEN_OUTPUT=OUT npm test -- test/adapter/official
    python test/goldens/make/official_forward.py OUT > test/goldens/official-forward.json

Made with PyTorch 2.13.0 on a CPU. The forward pass is that of a LangBridge projector: Linear, exact GELU, Linear, Linear,
then `coefficients.float() @ M`. "float32" runs it on the stored weights in float32 (tolerance 1e-5 of the largest value),
"bfloat16" as training does, with the projector in bfloat16 (tolerance 2e-2, bfloat16 rounds after every layer).
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from torch import nn

folder = Path(sys.argv[1])
state = torch.load(folder / "mm_projector.bin", weights_only=True)
matrix = torch.load(folder / "mm_vocab_matrix.pt", weights_only=True)
assert matrix.dtype == torch.float32 and not matrix.is_cuda
prefix = "model.mm_projector."
assert all(name.startswith(prefix) for name in state)
rows, hidden = state[prefix + "3.weight"].shape
vision = state[prefix + "0.weight"].shape[1]
projector = nn.Sequential(nn.Linear(vision, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.Linear(hidden, rows))
projector.load_state_dict({name.removeprefix(prefix): tensor for name, tensor in state.items()})

# (3, vision) inputs that any language computes exactly: multiples of 1/8 between -2 and 2.
inputs = torch.tensor([[((i * 37 + j * 11) % 33 - 16) / 8 for j in range(vision)] for i in range(3)])


def forward(dtype: torch.dtype) -> list[list[float]]:
    with torch.no_grad():
        coefficients = projector.to(dtype)(inputs.to(dtype))
        return (coefficients.float() @ matrix).tolist()


sha256 = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("mm_projector.bin", "mm_vocab_matrix.pt")}
bfloat16 = forward(torch.bfloat16)
float32 = forward(torch.float32)
json.dump({"torch": torch.__version__, "sha256": sha256, "float32": float32, "bfloat16": bfloat16}, sys.stdout)
print()
