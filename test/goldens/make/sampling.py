"""Makes test/goldens/sampling.json: which tokens transformers draws from at a temperature and a top-p, and how likely each is.

    python test/goldens/make/sampling.py > test/goldens/sampling.json

Each entry: `logits`, `temperature`, `topP` and `probabilities`, one a token, 0 for those that top-p leaves out: softmax of what
TemperatureLogitsWarper and TopPLogitsWarper leave. Tolerance 1e-5, since PyTorch's are float32.

Made with torch 2.13.0+cpu, transformers 5.24.0.
"""

import json
import sys

import torch
from transformers.generation.logits_process import TemperatureLogitsWarper, TopPLogitsWarper

torch.manual_seed(5)
cases = []
for spread in [0.5, 3.0, 12.0]:
    logits = torch.round(spread * torch.randn(40) * 64) / 64  # Exact in float32 and short in JSON.
    for temperature in [0.3, 1.0, 1.7]:
        for top_p in [0.05, 0.5, 0.9, 0.999, 1.0]:
            scores = TemperatureLogitsWarper(temperature)(None, logits[None])
            if top_p < 1:
                scores = TopPLogitsWarper(top_p)(None, scores)
            probabilities = [float(f"{p:.8g}") for p in torch.softmax(scores[0], -1).tolist()]
            cases.append({"logits": logits.tolist(), "temperature": temperature, "topP": top_p, "probabilities": probabilities})
json.dump(cases, sys.stdout)
