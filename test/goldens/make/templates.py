"""Writes test/goldens/prompts/templates.json: what transformers makes of templates of every construct, or that it refuses them.

Run from the repository root: python test/goldens/make/templates.py
Made with Python 3.11, transformers 5.24.0, jinja2 3.1.6. Tolerance: none. The templates are those of
oracles/python/made_templates.py: all listed ones, and of the first 250 that are put together at random those that have a text.
"""

import json
import sys

sys.path.insert(0, "oracles/python")
sys.stdin = open("/dev/null")

from made_templates import LISTED, make_template
from templates_side import render

VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be brief. "},
        {"role": "user", "content": "What is it?\n"},
        {"role": "assistant", "content": "  A dog 🎿.\n\nYes"},
        {"role": "user", "content": "Why é?"},
    ],
    "tools": None,
    "documents": None,
    "add_generation_prompt": True,
    "bos_token": "<s>",
}


def text_of(template):
    try:
        return render(template, VARIABLES)
    except Exception:
        return None


cases = [[template, text_of(template)] for template in LISTED]
made = [[template, text_of(template)] for template in map(make_template, range(250))]
cases += [case for case in made if case[1] is not None and len(case[0]) < 700 and len(case[1]) < 700]
with open("test/goldens/prompts/templates.json", "w") as file:
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    file.write('{"variables":' + json.dumps(VARIABLES, ensure_ascii=False) + ',\n"cases":[\n' + lines + "\n]}\n")
print(len(LISTED), len(cases))
