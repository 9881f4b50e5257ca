"""Makes test/goldens/config-cases.json: folders with config.json files as people have them, and what transformers answers.

The cases are some of those that `npm run oracles -- configs` makes in bulk (oracles/python/made_configs.py): each `seed` below. Only configs and
logits are kept, for the weights are numbers of a generator (numbered.py). Of logits every fourth is kept.
Tolerance: 1e-4 of the largest logit.

Made with torch 2.13.0+cpu, transformers 5.24.0. Run: python config_cases.py
"""

import json
import math
import pathlib
import sys
import tempfile

GOLDENS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(GOLDENS.parent.parent / "oracles" / "python"))
from configs_side import reply
from made_configs import make_model

CASES = 70
# Of the logits, the first and every so many are kept.
EVERY = 4


def in_order(tensors):
    """Where the first number of each follows from the tensors before it, it is left out."""
    start = at = tensors[0][4]
    listed = []
    for name, shape, exponent, added, first in tensors:
        listed.append([name, shape, exponent, added] + ([] if first == at else [first]))
        at += math.prod(shape) if first == at else 0
    return {"start": start, "tensors": listed}


cases = []
seed = 0
with tempfile.TemporaryDirectory() as work:
    while len(cases) < CASES:
        seed += 1
        made = make_model(seed)
        found = reply({"make": seed, "folder": f"{work}/{seed}"})
        # A tie says nothing of tokens.
        if "error" in found or found.pop("clear") < len(found["greedy"]):
            continue
        for name in ("prefill", "decode"):
            found[name] = found[name][::EVERY]
        cases.append({"name": f"made {seed}", "config": json.dumps(made["config"]), "metadata": made["metadata"], **in_order(made["tensors"]), **found})
OUT = GOLDENS / "config-cases.json"
OUT.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
