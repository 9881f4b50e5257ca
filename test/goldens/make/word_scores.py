"""What asking the small world's Qwen2 about vectors gives, a ridge fit with a constant, and a multinomial fit -> word-scores.json.

Tolerances: log-probabilities 2e-3 (float32 in another order, a sum over the vocabulary), maps of ridge 1e-4 of the largest, shares of
the multinomial fit 5e-3 (it stops after some steps).

python test/goldens/make/word_scores.py    # torch, transformers, tokenizers, numpy, scipy
"""
import json
import pathlib

import numpy as np
import scipy
import torch
import transformers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).resolve().parent
LLM = HERE.parents[2] / "fixtures" / "small-world" / "qwen2"
WORDS = ["red", "green", "star", "heart", "small"]


def asked() -> dict:
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(LLM / "tokenizer.json"))
    llm = AutoModelForCausalLM.from_pretrained(LLM, dtype=torch.float32).eval()
    table = llm.get_input_embeddings().weight
    encode = lambda text: tokenizer(text, add_special_tokens=False).input_ids
    vectors = np.random.default_rng(0).normal(size=(5, table.shape[1])).astype(np.float32)
    ids = [encode(f" {word}") for word in WORDS]
    assert all(len(one) == 1 for one in ids)
    ground = np.random.default_rng(2).normal(size=(3, table.shape[1])).astype(np.float32)
    rows = [table[encode("The picture shows:")], torch.from_numpy(ground), torch.from_numpy(vectors), table[encode(" a")]]
    words = [one[0] for one in ids]

    def logs(rows: list) -> torch.Tensor:
        with torch.no_grad():
            return torch.log_softmax(llm(inputs_embeds=torch.cat(rows)[None]).logits[0, -1], -1)[words]

    first = logs(rows)
    second = logs([*rows, table[[words[int(first.argmax())]]]])
    return {
        "words": WORDS,
        "ground": ground.flatten().tolist(),
        "vectors": vectors.flatten().tolist(),
        "next": first.tolist(),
        "nextTwo": torch.logaddexp(first, second).tolist(),
    }


def ridge() -> dict:
    rng = np.random.default_rng(1)
    x, lam = rng.normal(size=(40, 6)), 0.05
    y = x @ rng.normal(size=(6, 3)) + rng.normal(size=(40, 3)) + 2
    one = np.c_[x, np.ones(40)]
    gram = one.T @ one
    held = np.diag(np.r_[np.full(6, lam * np.trace(gram[:6, :6]) / 6), 0])
    solution = np.linalg.solve(gram + held, one.T @ y)
    return {
        "lambda": lam,
        "x": x.flatten().tolist(),
        "y": y.flatten().tolist(),
        "weight": solution[:6].T.flatten().tolist(),
        "bias": solution[6].tolist(),
    }


def softmax() -> dict:
    """Shares of three classes from four inputs, by SciPy's L-BFGS to the end."""
    rng = np.random.default_rng(3)
    x, lam = rng.normal(size=(60, 4)) + 1, 0.01
    shares = scipy.special.softmax(x @ rng.normal(size=(4, 3)) * 2, axis=1)
    centred = x - x.mean(0)
    penalty = lam * (centred**2).sum() / 4

    def loss(flat: np.ndarray) -> float:
        weight, bias = flat[:12].reshape(4, 3), flat[12:]
        logs = scipy.special.log_softmax(centred @ weight + bias, axis=1)
        return -(shares * logs).sum() + penalty * (weight**2).sum() / 2

    found = scipy.optimize.minimize(loss, np.zeros(15), method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-9}).x
    fitted = scipy.special.softmax(centred @ found[:12].reshape(4, 3) + found[12:], axis=1)
    return {"lambda": lam, "x": x.flatten().tolist(), "shares": shares.flatten().tolist(), "fitted": fitted.flatten().tolist()}


def main() -> None:
    made = {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    (HERE.parent / "word-scores.json").write_text(json.dumps({**made, "asked": asked(), "ridge": ridge(), "softmax": softmax()}) + "\n")


if __name__ == "__main__":
    main()
