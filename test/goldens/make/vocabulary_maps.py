"""Goldens of test/vocabulary/real-maps.test.ts: which target id stands for each source token, and its pieces.

Usage: python test/goldens/make/vocabulary_maps.py ../shared/data/tokenizers > test/goldens/vocabulary/maps.json
Made with Python 3.11, tokenizers 0.23.2. Exact: no tolerance.

Bytes are compared by brute force, written anew here: each token's bytes from the spelling rules of its tokenizer, then a
dictionary. Pieces come from the model inside the Rust crate (`Tokenizer.model.tokenize`), which runs without normalizer
and pre-tokenizer, so that it splits exactly the bytes it is given; in models over characters only whole characters can
be handed to it.

For each pair: counts by class; the sha256 of the target ids of all source ids (-1: no token of the same bytes), one per
line; the sha256 of the pieces of the tokens without one, one line of ids each (empty: no token for some byte;
"-" where the oracle cannot be asked).
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(sys.argv[1])
PAIRS = [
    ("qwen2.5", "llama3-8b-instruct"),
    ("llama3-8b-instruct", "qwen2.5"),
    ("qwen2.5", "tinyllama"),
    ("qwen2.5", "phi-3-mini"),
    ("qwen2.5", "t5-small"),
    ("tinyllama", "qwen2.5"),
]
BYTE_LEVEL = {"qwen2.5", "llama3-8b-instruct"}
CONTROL = {}  # name -> ids of added tokens


def byte_alphabet():
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table, extra = {}, 0
    for byte in range(256):
        if byte in printable:
            table[chr(byte)] = byte
        else:
            table[chr(256 + extra)] = byte
            extra += 1
    return table


BYTE_OF = byte_alphabet()
CHAR_OF = {byte: char for char, byte in BYTE_OF.items()}


def load(name):
    file = json.loads((ROOT / name / "tokenizer.json").read_text())
    vocab = file["model"]["vocab"]
    strings = {i: t for t, i in vocab.items()} if isinstance(vocab, dict) else {i: t for i, (t, _) in enumerate(vocab)}
    control = {t["id"] for t in file["added_tokens"]}
    CONTROL[name] = control
    strings.update({t["id"]: t["content"] for t in file["added_tokens"]})
    tokens = {}  # id -> (bytes, is a fallback byte)
    for token_id, string in strings.items():
        if token_id in control or string == "":
            continue
        if name in BYTE_LEVEL:
            tokens[token_id] = (bytes(BYTE_OF[char] for char in string), False)
        elif file["model"].get("byte_fallback") and re.fullmatch(r"<0x[0-9A-F]{2}>", string):
            tokens[token_id] = (bytes([int(string[3:5], 16)]), True)
        else:
            tokens[token_id] = (string.replace("▁", " ").encode(), False)
    by_bytes = {}
    for fallback in (True, False):  # real tokens overwrite fallback bytes, lower ids overwrite higher ones
        for token_id in sorted(tokens, reverse=True):
            if tokens[token_id][1] == fallback:
                by_bytes[tokens[token_id][0]] = token_id
    return max(strings) + 1, tokens, by_bytes


def is_byte(token):
    """A fallback byte, or a byte that is no character by itself."""
    return token[1] or (len(token[0]) == 1 and token[0][0] >= 0x80)


def pieces(name, model, data):
    if name in BYTE_LEVEL:
        return " ".join(str(t.id) for t in model.tokenize("".join(CHAR_OF[byte] for byte in data)))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "-"
    tokens = model.tokenize(text.replace(" ", "▁"))
    ids = [t.id for t in tokens]
    covered = not set(ids) & CONTROL[name]  # no <unk>, and "</s>" in a web page is no end of text
    # Equal scores are summed in another order there, so runs such as "-----" tie by rounding: compared as a bag.
    return " ".join(str(i) for i in (sorted(ids) if name == "t5-small" else ids)) if covered else ""


def digest(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


result = {}
for source, target in PAIRS:
    size, tokens, _ = load(source)
    _, target_tokens, by_bytes = load(target)
    model = Tokenizer.from_file(str(ROOT / target / "tokenizer.json")).model
    ids, split = [], []
    counts = {"exact": 0, "byte": 0, "none": 0, "control": 0}
    for token_id in range(size):
        if token_id not in tokens:
            counts["control"] += 1
            ids.append("-1")
            continue
        data = tokens[token_id][0]
        found = by_bytes.get(data)
        ids.append(str(-1 if found is None else found))
        if found is None:
            counts["none"] += 1
            split.append(pieces(target, model, data))
        else:
            counts["byte" if is_byte(target_tokens[found]) and not is_byte(tokens[token_id]) else "exact"] += 1
    result[f"{source} -> {target}"] = {
        "counts": counts,
        "ids": digest(ids),
        "pieces": digest(split),
        "uncovered": split.count(""),
        "unasked": split.count("-"),
    }
print(json.dumps(result, indent=2))
