"""Linear maps between two tables: the oracle of `--align ridge` and `--align procrustes`.

    python test/goldens/make/linear_maps.py > test/goldens/linear-maps.json

Made with numpy 2.4.6 in float64 by the definitions: normal equations solved directly, singular values for the orthogonal
factor. Tolerance 1e-4 of the largest value, since products of the code under test are float32; for the errors of held-out
tokens 1e-4 too.
"""

import json
import sys

import numpy as np

TOKENS, FOLDS = 57, 5
LAMBDAS = [10 ** (exponent / 2) for exponent in range(-6, 5)]
rng = np.random.default_rng(11)
round64 = lambda x: np.round(x * 64) / 64  # Exact in float32 and short in JSON.
short = lambda x: [[float(f"{value:.8g}") for value in row] for row in x]


def tables(source, target):
    """Rows of both tables: related by a map, with noise, mean rows far from zero, and columns of very different size."""
    x = rng.normal(size=(TOKENS, source)) * np.geomspace(3, 0.2, source) + rng.normal(size=source)
    y = x @ rng.normal(size=(source, target)) / np.sqrt(source) + rng.normal(size=(TOKENS, target)) / 2 + rng.normal(size=target)
    return round64(x), round64(y)


def centred(x, y, centre):
    means = (x.mean(0), y.mean(0)) if centre else (np.zeros(x.shape[1]), np.zeros(y.shape[1]))
    return x - means[0], y - means[1], means


def ridge_matrix(x, y, lam, unit):
    return np.linalg.solve(x.T @ x + lam * unit * np.eye(x.shape[1]), x.T @ y)


def ridge(x, y, centre):
    cx, cy, (mx, my) = centred(x, y, centre)
    unit = (cx**2).sum() / cx.shape[1]  # Mean of the Gram matrix's diagonal.
    errors = []
    for lam in LAMBDAS:
        missed = 0
        for fold in range(FOLDS):
            held = np.arange(TOKENS) % FOLDS == fold
            missed += ((cx[held] @ ridge_matrix(cx[~held], cy[~held], lam, unit) - cy[held]) ** 2).sum()
        errors.append(missed / (cy**2).sum())
    best = LAMBDAS[int(np.argmin(errors))]
    mapped = cx @ ridge_matrix(cx, cy, best, unit) + my
    return {"lambda": best, "heldOut": errors, "mapped": short(mapped)}


def procrustes(x, y, centre):
    cx, cy, (mx, my) = centred(x, y, centre)
    u, s, vt = np.linalg.svd(cx.T @ cy, full_matrices=False)
    q = u @ vt
    scale = s.sum() / ((cx @ q) ** 2).sum()
    missed = ((scale * cx @ q - cy) ** 2).sum() / (cy**2).sum()
    return {"scale": scale, "missed": missed, "mapped": short(scale * cx @ q + my)}


cases = []
for source, target in ((8, 8), (6, 9), (9, 6)):
    x, y = tables(source, target)
    for centre in (False, True):
        methods = {"ridge": ridge(x, y, centre), "procrustes": procrustes(x, y, centre)}
        cases.append({"source": x.tolist(), "target": y.tolist(), "centre": centre, **methods})
json.dump({"numpy": np.__version__, "lambdas": LAMBDAS, "cases": cases}, sys.stdout)
print()
