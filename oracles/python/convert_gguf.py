"""Converts an LLM of a GGUF file to a Hugging Face folder in float32, by transformers: python convert_gguf.py FILE.gguf FOLDER

What transformers 5.24 converts otherwise than the models' own folders have it is put right: SmolLM's tokenizers split digits from each other before
anything else, Qwen's bring text into NFC, and tokens that were added behind the vocabulary, or stand for none, are no part of it.
"""

import json
import pathlib
import sys

import gguf
import torch
from tokenizers import normalizers, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

file, folder = pathlib.Path(sys.argv[1]), sys.argv[2]
tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
# What is written holds plain numbers, whatever the file held.
model.hf_quantizer, model.is_quantized = None, False
model.config.__dict__.pop("quantization_config", None)
keys = gguf.GGUFReader(file).fields
pre = keys["tokenizer.ggml.pre"].contents() if "tokenizer.ggml.pre" in keys else None
rust = tokenizer.backend_tokenizer
if pre == "smollm":
    rust.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), rust.pre_tokenizer])
if pre == "qwen2":
    rust.normalizer = normalizers.NFC()
model.save_pretrained(folder)
tokenizer.save_pretrained(folder)

types = keys["tokenizer.ggml.token_type"].contents()
end = len(types)
while end > 0 and types[end - 1] in (gguf.TokenType.CONTROL, gguf.TokenType.USER_DEFINED, gguf.TokenType.UNUSED):
    end -= 1
path = pathlib.Path(folder) / "tokenizer.json"
parts = json.loads(path.read_text())
parts["model"]["vocab"] = {token: index for token, index in parts["model"]["vocab"].items() if index < end}
path.write_text(json.dumps(parts, ensure_ascii=False))
