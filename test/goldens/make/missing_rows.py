"""Rows that the target lacks, as mixes of shared tokens: the oracle of `--missing knn` and `--missing omp`.

    python test/goldens/make/missing_rows.py > test/goldens/missing-rows.json

Made with numpy 2.4.6 in float64 by the definitions: least squares instead of the Cholesky updates on float32 products under
test, sparsemax by bisection. Tolerance 1e-4 of the largest value: products of the code under test are float32.
"""

import json
import sys

import numpy as np

SHARED, MISSING, SOURCE, TARGET = 40, 6, 12, 10
TEMPERATURES = [0.03, 0.1, 0.3, 1, 3]
SIZES = [1, 2, 4, 8, 16, 32, 64]

rng = np.random.default_rng(7)
round64 = lambda x: np.round(x * 64) / 64  # Exact in float32 and short in JSON.
source = round64(rng.normal(size=(SHARED + MISSING, SOURCE)))
source[3] = source[2] + round64(rng.normal(size=SOURCE) / 8)  # Two near neighbours.
source[SHARED] = source[5] * 2  # A multiple of a shared row: one token explains it wholly.
source[SHARED + 1] = -source[9]  # The opposite of one: pursuit takes it with weight -1.
target = round64(source[:SHARED] @ rng.normal(size=(SOURCE, TARGET)) / 3 + rng.normal(size=(SHARED, TARGET)) / 3)


def sparsemax(scores):
    low, high = scores.max() - 1, scores.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(scores - middle, 0).sum() > 1 else (low, middle)
    weights = np.maximum(scores - (low + high) / 2, 0)
    return np.where(weights > 1e-12, weights, 0)


def knn(vector, rows, temperature):
    cosines = rows @ vector / (np.linalg.norm(rows, axis=1) * np.linalg.norm(vector))
    return sparsemax(cosines / temperature)


def omp(vector, rows, size):
    norms, taken, rest = np.linalg.norm(rows, axis=1), [], vector
    weights = np.zeros(len(rows))
    while len(taken) < min(size, len(rows), rows.shape[1]) and np.linalg.norm(rest) > 1e-3 * np.linalg.norm(vector):
        scores = np.abs(rows @ rest) / norms
        scores[taken] = -1
        taken.append(int(scores.argmax()))
        fit = np.linalg.lstsq(rows[taken].T, vector, rcond=None)[0]
        rest = vector - fit @ rows[taken]
    weights[taken] = fit
    return weights


def held_out(method, setting):
    missed = whole = 0
    for token in range(SHARED):
        others = np.arange(SHARED) != token
        weights = method(source[token], source[:SHARED][others], setting)
        missed += ((weights @ target[others] - target[token]) ** 2).sum()
        whole += (target[token] ** 2).sum()
    return missed / whole


def mix(weights):
    used = np.flatnonzero(weights)
    return {"tokens": used.tolist(), "weights": weights[used].tolist()}


result = {"numpy": np.__version__, "source": source.tolist(), "target": target.tolist()}
for name, method, settings in (("knn", knn, TEMPERATURES), ("omp", omp, SIZES)):
    errors = [held_out(method, setting) for setting in settings]
    chosen = settings[int(np.argmin(errors))]
    rows = []
    for vector in source[SHARED:]:
        weights = method(vector, source[:SHARED], chosen)
        rest = np.linalg.norm(vector - weights @ source[:SHARED]) / np.linalg.norm(vector)
        paths = [mix(method(vector, source[:SHARED], setting)) for setting in settings]
        rows.append({**mix(weights), "error": rest, "row": (weights @ target).tolist(), "paths": paths})
    result[name] = {"settings": settings, "heldOut": errors, "chosen": chosen, "rows": rows}
json.dump(result, sys.stdout)
print()
