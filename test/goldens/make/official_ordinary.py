"""What the official code computes from an ordinary projector of `langbridge export --format official`, and that it trains on.

    GOLDEN_OUTPUT=OUT npm test -- test/adapter/official
    python test/goldens/make/official_ordinary.py OUT-ordinary CODE/llava/model > test/goldens/official-ordinary.json

CODE is a clone of CurryX-001/LangBridge or of haotian-liu/LLaVA. Its own `multimodal_projector/builder.py` builds the
projector from the settings that the flags give, and the file is loaded as `initialize_vision_modules` does. One step of
gradient descent follows, which must change every tensor. Made with PyTorch 2.13.0 on a CPU; tolerance 1e-5 of the largest value.
"""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import torch

folder, model = Path(sys.argv[1]), Path(sys.argv[2])
spec = importlib.util.spec_from_file_location("builder", model / "multimodal_projector" / "builder.py")
builder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(builder)

flags = dict(line.split()[:2] for line in (folder / "official_training_flags.txt").read_text().splitlines() if "--" in line)
weights = torch.load(folder / "mm_projector.bin", map_location="cpu", weights_only=True)
width, vision = 8, 16
config = SimpleNamespace(mm_projector_type=flags["--mm_projector_type"], mm_hidden_size=vision, hidden_size=width)
projector = builder.build_vision_projector(config)
projector.load_state_dict({name.split("mm_projector.")[1]: tensor for name, tensor in weights.items()})

# (3, vision) inputs that any language computes exactly: multiples of 1/8 between -2 and 2.
inputs = torch.tensor([[((i * 37 + j * 11) % 33 - 16) / 8 for j in range(vision)] for i in range(3)])
outputs = projector(inputs)
before = [parameter.detach().clone() for parameter in projector.parameters()]
outputs.square().mean().backward()
torch.optim.SGD(projector.parameters(), lr=0.1).step()
assert all((parameter != old).any() for parameter, old in zip(projector.parameters(), before))

sha256 = hashlib.sha256((folder / "mm_projector.bin").read_bytes()).hexdigest()
json.dump({"torch": torch.__version__, "sha256": sha256, "float32": outputs.tolist()}, sys.stdout)
print()
