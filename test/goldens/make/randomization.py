"""Exact p-values of paired permutation tests -> randomization.json.

Runs of 12 groups with (right, asked) sums; the figure is right / asked, of which scipy enumerates all 2^12 swaps. Tolerance: 0.015, three
standard errors of 9,999 samples.

python test/goldens/make/randomization.py    # numpy, scipy
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.stats import permutation_test

HERE = pathlib.Path(__file__).resolve().parent
rng = np.random.default_rng(0)
cases = []
for gain in (0, 0.1, 0.2, 0.4):
    asked = rng.integers(3, 9, size=12)
    one, other = rng.binomial(asked, 0.5), rng.binomial(asked, 0.5 + gain)
    test = permutation_test(
        (one, other), lambda a, b, axis: abs(a.sum(axis) - b.sum(axis)) / asked.sum(),
        permutation_type="samples", alternative="greater", n_resamples=np.inf, vectorized=True,
    )
    cases.append({"asked": asked.tolist(), "one": one.tolist(), "other": other.tolist(), "p": float(test.pvalue)})
out = {"scipy": scipy.__version__, "cases": cases}
(HERE.parent / "randomization.json").write_text(json.dumps(out, indent=1) + "\n")
print([case["p"] for case in cases])
