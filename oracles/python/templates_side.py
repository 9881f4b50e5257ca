"""What transformers makes of chat templates. Asked line by line:

    {"template": TEXT, "variables": [{"messages": [...], "tools": ..., ...}, ...]}

answers {"texts": [TEXT or null, ...], "errors": [null or MESSAGE, ...]}. With {"make": SEED} it writes a template of its own
first and answers it too; {"listed": true} is answered with {"templates": [...]}. The clock stands at the moment of
src/prompt/jinja/clock.ts.
"""

import datetime
import json
import sys

import transformers.utils.chat_template_utils as chat_templates

from made_templates import LISTED, make_template


class Stopped(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_templates.datetime = Stopped


def render(template, variables):
    names = dict(variables)
    rendered, _ = chat_templates.render_jinja_template(
        [names.pop("messages")], chat_template=template, tools=names.pop("tools", None), documents=names.pop("documents", None), **names
    )
    # What holds half a character cannot be answered, nor encoded by a tokenizer.
    rendered[0].encode()
    return rendered[0]


def answer(question):
    if "listed" in question:
        return {"templates": LISTED}
    template = make_template(question["make"]) if "make" in question else question["template"]
    texts, errors = [], []
    for variables in question["variables"]:
        try:
            texts.append(render(template, variables))
            errors.append(None)
        except Exception as error:
            texts.append(None)
            errors.append(f"{type(error).__name__}: {error}")
    return {"template": template, "texts": texts, "errors": errors}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
