"""Writes test/goldens/prompts: conversations, chat templates and token ids as the official code makes them.

Run from the repository root, with the tokenizers beside it: python test/goldens/make/prompts.py
Made with Python 3.11, transformers 5.18.0, tokenizers 0.23.2. Tolerance: none.

The functions below say in a few lines what llava/conversation.py (get_prompt) and llava/mm_utils.py
(tokenizer_image_token) of LLaVA, LLaVA-NeXT and LangBridge do; -200 is their number for an image. Texts are encoded by
the Rust library as tokenizer.json says; transformers writes the chat templates. (transformers 5 rebuilds Llama's
tokenizer from its class instead, and then disagrees with the file about spaces after special tokens.)
"""

import json
import os

from tokenizers import Tokenizer
from transformers import AutoTokenizer
from transformers.utils import logging

logging.set_verbosity_error()
FOLDERS = "../shared/data/tokenizers"
OUT = "test/goldens/prompts"
IMAGE = -200
os.makedirs(OUT, exist_ok=True)


def folder(name):
    return os.path.join(FOLDERS, name)


# ------------------------------------------------------------------------------------------------- conversations

HUMAN = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
USER = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
VISION = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language."
)
HEADER = "<|start_header_id|>{}<|end_header_id|>\n\n"


def two(system):
    def prompt(turns):
        text = system + " "
        for number, turn in enumerate(turns):
            text += ["USER", "ASSISTANT"][number % 2] + ": " + turn + [" ", "</s>"][number % 2]
        return text + "ASSISTANT:"

    return prompt


def mpt(system, names, sep):
    return lambda turns: system + sep + "".join(names[n % 2] + turn + sep for n, turn in enumerate(turns)) + names[1]


def chatml(turns):
    names = ["<|im_start|>user", "<|im_start|>assistant"]
    text = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    return text + "".join(names[n % 2] + "\n" + turn + "<|im_end|>\n" for n, turn in enumerate(turns)) + names[1] + "\n"


def llama2(system, sep):
    def prompt(turns):
        text = ""
        for number, turn in enumerate(turns):
            if number == 0 and system:
                turn = "<<SYS>>\n" + system + "\n<</SYS>>\n\n" + turn
            text += sep + "[INST] " + turn + " [/INST]" if number % 2 == 0 else " " + turn + " </s>"
        return text.lstrip(sep)

    return prompt


def llama3_template(turns):
    """The chat template of Llama 3 with the system text as first message."""
    messages = [{"role": "system", "content": VISION}]
    messages += [{"role": ["user", "assistant"][n % 2], "content": turn} for n, turn in enumerate(turns)]
    tokenizer = TOKENIZERS["llama3-8b-instruct"]
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


CONVERSATIONS = {
    "llava_v1": two(HUMAN),
    "vicuna_v1": two(USER),
    "llava_llama_3": llama3_template,
    "llama3": mpt(
        "<|begin_of_text|>" + HEADER.format("system") + USER, [HEADER.format("user"), HEADER.format("assistant")], "<|eot_id|>"
    ),
    "qwen_2": chatml,
    "chatml_direct": mpt(
        "<|im_start|>system\nAnswer the questions.", ["<|im_start|>user\n", "<|im_start|>assistant\n"], "<|im_end|>"
    ),
    "llava_llama_2": llama2(VISION, "<s>"),
    "mistral_instruct": llama2("", ""),
    "plain": lambda turns: "".join(turn + "\n" for turn in turns),
}


def tokenizer_image_token(prompt, name):
    pieces = [RUST[name].encode(piece).ids for piece in prompt.split("<image>")]
    has_bos = len(pieces[0]) > 0 and pieces[0][0] == TOKENIZERS[name].bos_token_id
    ids = list(pieces[0])
    for piece in pieces[1:]:
        ids += [IMAGE] + piece[1 if has_bos else 0 :]
    return ids


TOKENIZERS = {
    name: AutoTokenizer.from_pretrained(folder(name))
    for name in ["qwen2.5", "llama3-8b-instruct", "tinyllama", "phi-3-mini"]
}
RUST = {name: Tokenizer.from_file(os.path.join(folder(name), "tokenizer.json")) for name in TOKENIZERS}
SPOKEN = {
    "qwen2.5": ["qwen_2", "chatml_direct", "llava_v1", "plain"],
    "llama3-8b-instruct": ["llava_llama_3", "llama3", "llava_v1", "plain"],
    "tinyllama": ["llava_v1", "vicuna_v1", "llava_llama_2", "mistral_instruct", "plain"],
    "phi-3-mini": ["llava_v1", "plain"],
}
QUESTIONS = [
    ["<image>\nIs there a snowboard in the image?\nAnswer the question using a single word or phrase."],
    ["<image>\n  Что — 这是什么? 🎿\u00a0naïve"],
    ["What is the capital of France?"],
    ["<image>\nWhat is it?", "It is a dog.", "What colour?"],
]
PLACED = [["Compare <image> and <image>: same?"], ["<im_start><image><im_end>\nWhat?"]]

prompts = []
for name, conversations in SPOKEN.items():
    for conversation in conversations:
        questions = QUESTIONS + (PLACED if conversation in ["qwen_2", "llama3", "llava_v1"] else [])
        for turns in questions:
            if conversation == "plain" and len(turns) > 1:
                continue
            text = CONVERSATIONS[conversation](turns)
            ids = tokenizer_image_token(text, name)
            prompts.append({"tokenizer": name, "conversation": conversation, "turns": turns, "text": text, "ids": ids})

# ------------------------------------------------------------------------------------------------ chat templates

templates = []
for name, tokenizer in TOKENIZERS.items():
    for turns in QUESTIONS:
        messages = [{"role": ["user", "assistant"][n % 2], "content": turn} for n, turn in enumerate(turns)]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        pieces = [RUST[name].encode(piece, add_special_tokens=False).ids for piece in text.split("<image>")]
        ids = pieces[0] + [id for piece in pieces[1:] for id in [IMAGE, *piece]]
        templates.append({"tokenizer": name, "turns": turns, "text": text, "ids": ids})

# ---------------------------------------------------------------------------------------------- encode and decode

TEXTS = [
    "", " ", "  ", "\n", "\n\n", "\t\tx = 1\n    y", "Hello world", "  leading", "trailing  ", "don't I'LL we've 12345 3.14",
    "日本語のテキスト 🎉👩‍👩‍👧 naïve café e\u0301", "a\u00a0b\u2003c x\u200by", "Привет мир", "ﬁ 𝔘𝔫𝔦 ß İi ſK", "a" * 40, "\r\n\r\nx",
    "</s> hi <s>", "foo</s>bar", "<unk>", "<|im_start|>system\nhi<|im_end|>\n", "<|begin_of_text|><|eot_id|>  next",
    "<|user|>\nhi<|end|>\n<|assistant|>\n", "<im_start><im_end>", "!!!???...", '<tool_call>\n{"a": 1}</tool_call>',
]  # fmt: skip
encodings = []
for name in [*TOKENIZERS, "tinyllama-listmerges"]:
    tokenizer = Tokenizer.from_file(os.path.join(folder(name), "tokenizer.json"))
    front = tokenizer.encode("a").ids[: -len(tokenizer.encode("a", add_special_tokens=False).ids)]
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append([text, ids, tokenizer.decode(ids, skip_special_tokens=True)])
    encodings.append({"tokenizer": name, "front": front, "cases": cases})


def write(name, entries):
    with open(os.path.join(OUT, name), "w") as file:
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
        file.write("[\n" + lines + "\n]\n")


write("conversations.json", prompts)
write("chat-templates.json", templates)
write("encodings.json", encodings)
print(len(prompts), len(templates), len(encodings))
