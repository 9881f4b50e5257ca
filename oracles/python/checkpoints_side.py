"""What torch and safetensors read of made files of weights. Asked line by line:

    {"make": SEED, "folder": PATH}

writes a file or a folder and answers {"path", "tensors": {NAME: [DTYPE, SHAPE, SHA-256 of the bytes in row-major order]}}, or {"error": MESSAGE}.
"""

import hashlib
import json
import pathlib
import sys

import torch

from made_checkpoints import make_checkpoint

SPELLING = {
    torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int32: "I32", torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.float32: "F32", torch.float64: "F64",
}


def describe(tensor):
    packed = torch.empty(tensor.numel(), dtype=tensor.dtype).copy_(tensor.detach().reshape(-1))
    return [SPELLING[tensor.dtype], list(tensor.shape), hashlib.sha256(bytes(packed.view(torch.uint8).tolist())).hexdigest()]


def reply(question):
    folder = pathlib.Path(question["folder"])
    folder.mkdir(parents=True)
    try:
        path, tensors = make_checkpoint(question["make"], folder)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"path": str(path), "tensors": {name: describe(tensor) for name, tensor in tensors.items()}}


for line in sys.stdin:
    print(json.dumps(reply(json.loads(line))), flush=True)
