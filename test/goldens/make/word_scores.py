"""What asking the small world's Qwen2 about vectors gives, and a ridge fit with a constant -> word-scores.json.

Tolerances: log-probabilities 2e-3 (float32 in another order, a sum over the vocabulary), maps 1e-4 of the largest.

python test/goldens/make/word_scores.py    # torch, transformers, tokenizers, numpy
"""
import json
import pathlib

import numpy as np
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
    rows = [table[encode("The picture shows:")], torch.from_numpy(vectors), table[encode(" a")]]
    with torch.no_grad():
        logits = llm(inputs_embeds=torch.cat(rows)[None]).logits[0, -1]
    scores = torch.log_softmax(logits, -1)[[one[0] for one in ids]]
    return {"words": WORDS, "vectors": vectors.flatten().tolist(), "scores": scores.tolist()}


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


def main() -> None:
    made = {"torch": torch.__version__, "transformers": transformers.__version__, "numpy": np.__version__}
    (HERE.parent / "word-scores.json").write_text(json.dumps({**made, "asked": asked(), "ridge": ridge()}) + "\n")


if __name__ == "__main__":
    main()
