"""What the crate `tokenizers` makes of texts. Asked line by line:

    {"tokenizer": PATH of tokenizer.json, "seed": N, "count": N}

answers {"texts": [...], "ids": [[...] or null, ...], "decoded": [...]}; an id list is null where the crate fails, and
{"error": MESSAGE} where it cannot load the file. With {"make": SEED, "path": PATH} it writes a tokenizer of its own first.
"""

import json
import random
import sys

from tokenizers import Tokenizer

from made_tokenizers import make_tokenizer
from texts import texts, well_formed


def encode(tokenizer, text):
    try:
        return tokenizer.encode(text, add_special_tokens=False).ids
    except BaseException as error:  # a panic of the crate is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def decode(tokenizer, ids):
    try:
        return tokenizer.decode(ids, skip_special_tokens=True)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def answer(question):
    if "make" in question:
        try:
            made = make_tokenizer(question["make"])
        except BaseException as error:
            return {"unmade": str(error)}
        with open(question["path"], "w", encoding="utf-8") as file:
            json.dump(made, file, ensure_ascii=False)
        question = {"tokenizer": question["path"], **question}
    try:
        tokenizer = Tokenizer.from_file(question["tokenizer"])
        tokenizer.no_truncation()
        tokenizer.no_padding()
    except BaseException as error:
        return {"error": str(error)}
    asked = texts(question["seed"], question.get("count", 200))
    ids = [encode(tokenizer, well_formed(text)) for text in asked]
    size = tokenizer.get_vocab_size()
    chance = random.Random(question["seed"])
    noise = [[chance.randrange(size + 3) for _ in range(chance.randrange(1, 12))] for _ in range(len(asked))]
    return {
        "texts": asked,
        "ids": ids,
        "decoded": [None if each is None else decode(tokenizer, each) for each in ids],
        "noise": noise,
        "decoded_noise": [decode(tokenizer, each) for each in noise],
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
