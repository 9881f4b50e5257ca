"""What other software makes of a GGUF file, and of the folder that transformers converted it to. Asked line by line:

    {"gguf": PATH}                          {NAME: SHA-256 of the float32 bytes that the package gguf makes of the tensor}
    {"logits": FOLDER, "prompts": [[id]]}   {"logits": [PATH], ...}: float32 of the token behind each prompt, in a file each

`convert_gguf.py` makes the folder.
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import numpy as np

OUT = pathlib.Path(tempfile.mkdtemp(prefix="langbridge-oracle-"))


def hashes(path):
    import gguf

    out = {}
    for tensor in gguf.GGUFReader(path).tensors:
        data = np.asarray(tensor.data)
        plain = tensor.tensor_type in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)
        floats = data.astype(np.float32) if plain else gguf.quants.dequantize(data, tensor.tensor_type)
        out[tensor.name] = hashlib.sha256(np.ascontiguousarray(floats, dtype="<f4").tobytes()).hexdigest()
    return out


def logits(folder, prompts):
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    out = []
    with torch.no_grad():
        for index, prompt in enumerate(prompts):
            path = OUT / f"{pathlib.Path(folder).name}-{index}.f32"
            path.write_bytes(model(torch.tensor([prompt])).logits[0, -1].numpy().astype("<f4").tobytes())
            out.append(str(path))
    return {"logits": out}


for line in sys.stdin:
    question = json.loads(line)
    answer = hashes(question["gguf"]) if "gguf" in question else logits(question["logits"], question["prompts"])
    print(json.dumps(answer), flush=True)
