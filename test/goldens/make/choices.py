"""Makes test/goldens/choices/: questions with choices about pictures of the small world, and how likely PyTorch finds each choice.

Made with torch 2.13.0, transformers 5.24.0, tokenizers 0.23.3. Run from anywhere: python choices.py
Every choice is a run of its own over the whole prompt, without a cache: vectors of the picture (fixtures/small-world/goldens, PyTorch's),
tokens of the text before and behind it, tokens of the choice. Expected are log_softmax of the float32 logits at the choice's tokens, in
float64, and the accuracy of each ranking, a tie shared. Tolerance 1e-3, that of the small world's logits.
"""

import json
from pathlib import Path

import tokenizers
import torch
import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

OUT = Path(__file__).parent.parent / "choices"
WORLD = Path(__file__).parents[3] / "fixtures" / "small-world"
COLORS = ["red", "dark green", "orange", "green", "yellow", "black", "blue"]
SHAPES = ["diamond", "star", "heart", "circle", "cross", "a cross", "triangle", "square", "moon"]
SHORT = "Answer the question using a single word or phrase."
LETTER = "Answer with the option's letter from the given choices directly."


def rows():
    scenes = json.loads((WORLD / "scenes.json").read_text())
    out = []
    for number, scene in enumerate(scenes[:6]):
        thing = next(cell for cell in scene["cells"] if cell is not None)
        image, color, shape = scene["image"], thing["color"], thing["shape"]
        asked = f"What shape is the {color} object?"
        behind = ["Answer:", "Answer: ", "Answer:\n"][number % 3]
        out += [
            {"image": image, "question": f"What color is the {shape}?", "scoring": "likelihood", "choices": COLORS, "answers": [color]},
            {"image": image, "question": asked, "scoring": "likelihood", "choices": SHAPES, "answers": [shape],
             "prompt": f"The picture shows:<image>\nQuestion: {asked} {behind}"},
            {"image": image, "question": f"Is there a {shape} in the image?", "choices": ["yes", "no"], "answers": ["yes"]},
            {"image": image, "question": asked, "scoring": "choice", "choices": SHAPES[:4], "answers": [shape]}
            if shape in SHAPES[:4] else
            {"image": image, "question": asked, "scoring": "contains", "choices": SHAPES, "answers": [shape]},
        ]  # fmt: skip
    out.append({"image": None, "question": "?", "scoring": "likelihood", "choices": ["red", "a heart", "two"], "answers": ["two"],
                "prompt": "One and one are"})  # fmt: skip
    return [{"id": f"q{index}", **row, "category": row.get("scoring", "exact")} for index, row in enumerate(out)]


def wording(row):
    """What is asked, the place of the picture marked."""
    if "prompt" in row:
        return row["prompt"]
    options = "".join(f"\n{chr(65 + i)}. {choice}" for i, choice in enumerate(row["choices"])) + f"\n{LETTER}"
    last = {"choice": options, "contains": ""}.get(row.get("scoring"), f"\n{SHORT}")
    return "<image>\n" + row["question"] + last


class Model:
    def __init__(self, family):
        self.family = family
        self.tokenizer = Tokenizer.from_file(str(WORLD / family / "tokenizer.json"))
        self.llm = AutoModelForCausalLM.from_pretrained(WORLD / family, dtype=torch.float32).eval()
        self.table = self.llm.get_input_embeddings().weight
        self.template = json.loads((WORLD / family / "tokenizer_config.json").read_text())
        self.vectors = load_file(WORLD / "goldens" / "adapters.safetensors")[f"{family}.anchored.vectors"]

    def prompt(self, text, conversation):
        if conversation == "none":
            return text
        fast = transformers.PreTrainedTokenizerFast(tokenizer_object=self.tokenizer)
        fast.chat_template = self.template["chat_template"]
        fast.bos_token, fast.eos_token = self.template["bos_token"], self.template["eos_token"]
        return fast.apply_chat_template([{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True)

    def pieces(self, text, conversation):
        """Ids of each piece around the picture; BOS where the tokenizer puts it, once."""
        first, *rest = text.split("<image>")
        front = self.tokenizer.encode(first, add_special_tokens=conversation == "none").ids
        return [front, *(self.tokenizer.encode(piece, add_special_tokens=False).ids for piece in rest)]

    def embeddings(self, pieces, image):
        parts = [self.table[torch.tensor(pieces[0], dtype=torch.long)]]
        if len(pieces) == 2:
            parts += [self.vectors[image], self.table[torch.tensor(pieces[1], dtype=torch.long)]]
        return torch.cat(parts)

    @torch.no_grad()
    def logprobs(self, row, conversation):
        text = self.prompt(wording(row), conversation)
        asked = self.pieces(text, conversation)
        letters = [chr(65 + i) for i in range(len(row["choices"]))]
        choices = letters if row.get("scoring") == "choice" else row["choices"]
        gap = "" if text[-1].isspace() else " "
        whole = [self.pieces(text + gap + choice, conversation) for choice in choices]
        same = lambda ids: next((i for i, (a, b) in enumerate(zip(asked[-1], ids)) if a != b), min(len(asked[-1]), len(ids)))
        start = min(same(pieces[-1]) for pieces in whole)
        image = None if row["image"] is None else int(row["image"][6:10])
        out = []
        for pieces in whole:
            logits = self.llm(inputs_embeds=self.embeddings(pieces, image)[None]).logits[0].double()
            ids = pieces[-1][start:]
            at = len(logits) - len(ids) - 1
            out.append([float(logits[at + i].log_softmax(-1)[token]) for i, token in enumerate(ids)])
        return choices, out


RANKINGS = {
    "likelihood": lambda logprobs, choice: sum(logprobs),
    "likelihood-per-character": lambda logprobs, choice: sum(logprobs) / len(choice),
    "likelihood-per-token": lambda logprobs, choice: sum(logprobs) / len(logprobs),
    "first-token": lambda logprobs, choice: logprobs[0],
}


def score(row, choices, logprobs, rank):
    values = [rank(each, choice) for each, choice in zip(logprobs, choices)]
    best = [i for i, value in enumerate(values) if value > max(values) - 1e-9]
    return sum(row["choices"][i] in row["answers"] for i in best) / len(best)


def main():
    asked = rows()
    expected = []
    for family in ("llama2", "llama3", "qwen2"):
        model = Model(family)
        for conversation in ("chat template", "none"):
            given = [model.logprobs(row, conversation) for row in asked]
            accuracy = {
                name: sum(score(row, *pair, rank) for row, pair in zip(asked, given)) / len(asked)
                for name, rank in RANKINGS.items()
            }
            print(family, conversation, {name: round(value, 3) for name, value in accuracy.items()})
            logprobs = [[[round(value, 6) for value in choice] for choice in each] for _, each in given]
            expected.append({"llm": family, "conversation": conversation, "accuracy": accuracy, "logprobs": logprobs})
    OUT.mkdir(exist_ok=True)
    (OUT / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    about = {"versions": versions, "tolerance": 1e-3, "expected": expected}
    (OUT / "logprobs.json").write_text(json.dumps(about) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
