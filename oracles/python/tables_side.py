"""What pandas.read_table makes of made tables, as LLaVA's model_vqa_mmbench.py reads MMBench. Asked line by line:

    {"make": SEED}

answers {"text", "rows", "options"}: the file, its cells by column with absent ones left out, and the options that LLaVA's get_options finds;
or {"text", "refused"} for a row with more or fewer fields than the header, which pandas refuses or fills up.
"""

import io
import json
import math
import random
import sys

import pandas
from pandas._libs.parsers import STR_NA_VALUES

COLUMNS = ["index", "question", "hint", "A", "B", "C", "D", "answer", "category"]


def is_none(value):
    """As LLaVA's function of that name."""
    return value is None or isinstance(value, float) and math.isnan(value) or isinstance(value, str) and value.lower() in ("nan", "none")


def get_options(row):
    found = []
    for name in "ABCD":
        if name not in row or is_none(row[name]):
            break
        found.append(row[name])
    return found


def spell(rng, word):
    return rng.choice([word, word, word.lower(), word.upper(), word.capitalize(), word.swapcase()])


def cell(rng):
    kind = rng.random()
    if kind < 0.35:
        return spell(rng, rng.choice(sorted(STR_NA_VALUES)))
    if kind < 0.45:
        return rng.choice(["NA ", " NA", "N/A.", "nane", "None of them", "-", "#", "<na>", "nil", "Null", "Na", "nA", "N/a", "NONE", "none", "nAn"])
    return "".join(rng.choice(["a", "é", "日", " ", "?", "'", ",", "\\", "x", "1", "😀"]) for _ in range(rng.choice([1, 2, 5])))


def written(rng, value):
    kind = rng.random()
    if kind < 0.6:
        return value
    if kind < 0.75:
        return f'"{value}"'
    inner = value + rng.choice(["\t", "\n", "\r\n", '""', ""]) + rng.choice(["", "end"])
    if kind < 0.9:
        return f'"{inner}"'
    if value == "":
        return value  # A quote alone would take in what follows.
    return rng.choice([f'{value}"', f'a"{value}"', f'"{value}"tail', f'"{value}"t"ail'])


def table(rng):
    columns = ["index"] + rng.sample(COLUMNS[1:], rng.randint(2, 8))
    if rng.random() < 0.1:
        columns.append(columns[-1])
    rows = [["0"] + ["text"] * (len(columns) - 1)]  # So that no column is one of numbers.
    for number in range(rng.randint(1, 6)):
        row = [str(number + 1)] + [written(rng, cell(rng)) for _ in columns[1:]]
        if rng.random() < 0.02:
            row = row + ["more"] if rng.random() < 0.5 else row[:-1]
        rows.append(row)
    end = rng.choice(["\n", "\n", "\r\n"])
    lines = ["\t".join(row) for row in [columns] + rows]
    if rng.random() < 0.2:
        lines.insert(rng.randint(1, len(lines)), "")
    text = end.join(lines) + rng.choice([end, ""])
    return ("\ufeff" if rng.random() < 0.1 else "") + text, any(len(row) != len(columns) for row in rows)


def entry(rng):
    text, is_torn = table(rng)
    if is_torn:
        return {"text": text, "refused": True}
    frame = pandas.read_table(io.BytesIO(text.encode()))
    rows, options = [], []
    for _, row in frame.iterrows():
        found = {name: value for name, value in row.items() if not (isinstance(value, float) and math.isnan(value))}
        options.append(get_options(found))
        # pandas gives a second column of one name another name.
        rows.append({name: str(value) for name, value in found.items() if not name.endswith(".1")})
    return {"text": text, "rows": rows, "options": options}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(entry(random.Random(json.loads(line)["make"]))), flush=True)
