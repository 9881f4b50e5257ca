"""Makes test/goldens/models/decodings/: two small tables, vectors, and what sparse and soft decoding make of them in NumPy.

Made with numpy 2.4, safetensors. Run from anywhere: python decodings.py
Everything expected is float64 arithmetic on the stored bfloat16 bytes, by the textbook: non-negative least squares by coordinate
descent (400 sweeps), not by the pivoting of the graph under test. Tolerance 1e-4 of the largest value.

Of the 60 rows, 11 is 10 again, 7 of the source is zero, and 5 and 20 of the target are zero: none of the last three may be chosen.
Vectors 0 to 15 are mixtures of a few rows with noise, 16 is row 3, 17 is zero, 18 is the negative of the sum of all rows.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

OUT = Path(__file__).parent.parent / "models" / "decodings"
ROWS, SOURCE, TARGET, VECTORS = 60, 16, 12, 19
LEAST_SCORE = 1e-4


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def usable(source, target):
    return (np.linalg.norm(source, axis=1) > 0) & (np.linalg.norm(target, axis=1) > 0)


def non_negative(gram, products, sweeps=400):
    weights = np.zeros(len(products))
    for _ in range(sweeps):
        for i in range(len(products)):
            weights[i] = max(0.0, weights[i] + (products[i] - gram[i] @ weights) / gram[i, i])
    return weights


def rank_weight(rows, words):
    """What a row of a ranked table counts: the first `words` about fully, later ones less and less, from 2 * words on nothing."""
    rank = np.arange(rows)
    return np.ones(rows) if words is None else np.where(rank < 2 * words, 1 / (1 + (rank / words) ** 4), 0.0)


def sparse(vector, source, target, k, words=None, threshold=0.0):
    """Rows, their shares, what is left of a vector of length 1, and the mixture of target rows."""
    weight = rank_weight(len(source), words)
    allowed, atoms, wanted = usable(source, target) & (weight > 0), unit(source), unit(vector)
    chosen, weights, rest = [], np.zeros(0), wanted
    least = LEAST_SCORE
    for _ in range(k):
        scores = np.where(allowed, weight * (atoms @ rest), -np.inf)
        scores[chosen] = -np.inf
        if scores.max() <= least:
            break
        least = max(least, threshold * scores.max()) if not chosen else least
        chosen.append(int(scores.argmax()))
        rows = atoms[chosen]
        weights = non_negative(rows @ rows.T, rows @ wanted)
        rest = wanted - weights @ rows
    raw = weights / np.linalg.norm(source[chosen], axis=1)
    shares = raw / max(raw.sum(), 1e-12)
    return chosen, shares, float(np.linalg.norm(rest)), shares @ target[chosen]


def soft(vector, source, target, temperature, words=None):
    scores = np.where(usable(source, target), unit(source) @ unit(vector) / temperature, -np.inf)
    shares = rank_weight(len(source), words) * np.exp(scores - scores.max())
    return shares / shares.sum() @ target


def rounded(values):
    return [float(f"{value:.6g}") for value in np.asarray(values).flatten()]


def main():
    random = np.random.default_rng(5)
    source, target = random.normal(size=(ROWS, SOURCE)), random.normal(size=(ROWS, TARGET))
    source *= random.uniform(0.3, 2, size=(ROWS, 1))
    source[11], source[7] = source[10], 0
    target[[5, 20]] = 0
    mixtures = np.array([random.dirichlet(np.ones(3)) @ source[random.choice(ROWS, 3, replace=False)] for _ in range(16)])
    noise = 0.2 * random.normal(size=mixtures.shape)
    vectors = np.concatenate([20 * (mixtures + noise), source[[3]], np.zeros((1, SOURCE)), -source.sum(0, keepdims=True)])
    tensors = {"decode_matrix": source, "mm_vocab_matrix": target, "vectors": vectors}
    tensors = {name: torch.tensor(value).bfloat16() for name, value in tensors.items()}
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    save_file(tensors, OUT / "model.safetensors")
    source, target, vectors = (tensors[name].double().numpy() for name in ("decode_matrix", "mm_vocab_matrix", "vectors"))
    cases = []
    for k, words, threshold in ((1, None, None), (3, None, None), (8, None, None), (4, 9, None), (6, None, 0.5)):
        results = [sparse(vector, source, target, k, words, threshold or 0.0) for vector in vectors]
        chosen = {"k": k, "words": words, "threshold": threshold}
        cases.append({"method": "sparse", "settings": {name: value for name, value in chosen.items() if value is not None},
                      "tokens": [tokens for tokens, *_ in results], "weights": [rounded(shares) for _, shares, *_ in results],
                      "residual": rounded([rest for _, _, rest, _ in results]),
                      "embeddings": rounded([embedding for *_, embedding in results])})
    for temperature, words in ((0.1, None), (0.5, 9)):
        cases.append({"method": "soft", "settings": {"temperature": temperature, **({"words": words} if words else {})},
                      "embeddings": rounded([soft(vector, source, target, temperature, words) for vector in vectors])})
    (OUT / "expected.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


main()
