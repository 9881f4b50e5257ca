"""Makes test/goldens/generation.json: what transformers' greedy generate answers with many generation_config.json.

Each entry: `model`, a folder of test/goldens/models; `generation`, the file beside it, or null for none; `eos`, config.json's
eos_token_id; `prompt`; and the tokens that follow, with the one that ends them left out: `tokens` where the prompt is given as ids,
`fromEmbeddings` where it is given as vectors. There is no tolerance: settings are drawn anew until no step is nearly a tie.

Made with torch 2.13.0+cpu, transformers 5.24.0. Run: python generation.py
"""

import json
import pathlib
import random
import shutil
import tempfile

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
GOLDENS = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["mistral-window", "llama-tied", "qwen2-tied", "qwen3-biased"]
CASES = 80
STEPS = 20
# A smaller lead of the best token over the second, in units of the largest logit, is a tie.
MIN_MARGIN = 1e-3
NONE = object()


def draw_settings(rng, vocabulary):
    token = lambda: rng.randrange(vocabulary)
    kinds = {
        "repetition_penalty": lambda: rng.choice([1.05, 1.1, 1.3, 2.0, 0.9]),
        "no_repeat_ngram_size": lambda: rng.choice([1, 2, 3, 5]),
        "min_length": lambda: rng.choice([3, 12, 20, 30]),
        "min_new_tokens": lambda: rng.choice([1, 5, 15]),
        "suppress_tokens": lambda: [token() for _ in range(rng.choice([0, 1, 20, 60]))] + rng.choice([[], [-1], [vocabulary + 3]]),
        "begin_suppress_tokens": lambda: [token() for _ in range(60)],
        "bad_words_ids": lambda: [[token() for _ in range(rng.choice([1, 1, 2, 3]))] for _ in range(rng.choice([1, 5, 60]))],
    }
    settings = {name: draw() for name, draw in kinds.items() if rng.random() < 0.3}
    some = lambda count: [token() for _ in range(count)]
    eos = rng.choice([NONE, None, token(), -1, [-1, *some(8)], some(12), some(20), some(30)])
    if eos is not NONE:
        settings["eos_token_id"] = eos
    if rng.random() < 0.2:
        settings["pad_token_id"] = rng.choice([-1, token()])
    return settings


def answer(model, prompt):
    options = dict(do_sample=False, max_new_tokens=STEPS, return_dict_in_generate=True, output_scores=True)
    ids = torch.tensor([prompt])
    out = [model.generate(ids, **options), model.generate(inputs_embeds=model.get_input_embeddings()(ids), **options)]
    tokens = [out[0].sequences[0, len(prompt):].tolist(), out[1].sequences[0].tolist()]
    for scores in [score[0] for each in out for score in each.scores]:
        best = scores.topk(2).values
        if float(best[0] - best[1]) < MIN_MARGIN * float(scores[scores.isfinite()].abs().max()):
            return None
    ends = model.generation_config.eos_token_id
    ends = [ends] if isinstance(ends, int) else ends or []
    return [each[:-1] if each[-1] in ends else each for each in tokens]


def make(rng, work):
    name = rng.choice(MODELS)
    folder = pathlib.Path(work, "model")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(GOLDENS / "models" / name, folder)
    config = json.loads((folder / "config.json").read_text())
    vocabulary = config["vocab_size"]
    config["eos_token_id"] = rng.choice([None, [rng.randrange(vocabulary) for _ in range(20)], [rng.randrange(vocabulary) for _ in range(8)]])
    (folder / "config.json").write_text(json.dumps(config))
    generation = draw_settings(rng, vocabulary) if rng.random() < 0.9 else None
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    prompt = [rng.randrange(vocabulary) for _ in range(rng.choice([1, 4, 14]))]
    found = answer(model, prompt)
    if found is None:
        return make(rng, work)
    return {"model": name, "generation": generation, "eos": config["eos_token_id"], "prompt": prompt, "tokens": found[0], "fromEmbeddings": found[1]}


with tempfile.TemporaryDirectory() as work, torch.no_grad():
    rng = random.Random(1)
    cases = [make(rng, work) for _ in range(CASES)]
(GOLDENS / "generation.json").write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]\n")
