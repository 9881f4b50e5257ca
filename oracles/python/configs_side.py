"""What transformers makes of folders with made config.json files. Asked line by line:

    {"make": SEED, "folder": PATH}

writes the folder and answers {"prompt", "prefill", "greedy", "decode"}: logits behind the prompt, tokens that follow it by the largest logit,
logits behind those; `clear`, how many of the tokens are no ties; or {"error": MESSAGE} where transformers cannot load or run it whole.
"""

import json
import pathlib
import sys
import warnings

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.utils import logging

from made_configs import VISION, make_model

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent.parent / "test" / "goldens" / "make"))
from numbered import values

logging.set_verbosity_error()
logging.disable_progress_bar()
warnings.filterwarnings("ignore")
STEPS = 5
# A smaller lead of the best token over the second, in units of the largest logit, is a tie.
MIN_MARGIN = 1e-3


def tower_tensors(layout, hidden):
    """A picture's way into the LLM, which no question here takes: zeroes."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    state = CLIPVisionModel(CLIPVisionConfig(**VISION)).state_dict()
    where = {"old": ("vision_tower.", "multi_modal_projector."), "new": ("model.vision_tower.", "model.multi_modal_projector.")}[layout]
    names = {where[0] + ("" if name.startswith("vision_model.") or layout == "new" else "vision_model.") + name: value for name, value in state.items()}
    width = VISION["hidden_size"]
    shapes = {"linear_1.weight": (hidden, width), "linear_1.bias": (hidden,), "linear_2.weight": (hidden, hidden), "linear_2.bias": (hidden,)}
    return names | {where[1] + name: torch.zeros(shape) for name, shape in shapes.items()}


def write(folder, made):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(made["config"]))
    tensors = {}
    for name, shape, exponent, added, first in made["tensors"]:
        tensor = torch.from_numpy(values(shape, exponent, added, first))
        tensors[name] = tensor.to(torch.bfloat16) if added == 0 else tensor
    if made["layout"] in ("old", "new"):
        tensors |= {name: tensor.clone() for name, tensor in tower_tensors(made["layout"], made["hidden"]).items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"} | made["metadata"])


def load(folder, made):
    kind = AutoModelForImageTextToText if made["layout"] in ("old", "new") else AutoModelForCausalLM
    model, report = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    missing = {name for name in report["missing_keys"] if "position_ids" not in name}
    if missing or report.get("mismatched_keys"):
        raise ValueError(f"made up: {sorted(missing) or report['mismatched_keys']}")
    return model.eval()


@torch.no_grad()
def answer(folder, made):
    model = load(folder, made)
    tokens, clear = list(made["prompt"]), None
    logits = prefill = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
    for step in range(STEPS):
        best = logits.topk(2).values
        if clear is None and float(best[0] - best[1]) < MIN_MARGIN * float(logits.abs().max()):
            clear = step
        tokens.append(int(logits.argmax()))
        logits = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
    short = lambda numbers: [float(f"{number:.6g}") for number in numbers.tolist()]
    return {"prompt": made["prompt"], "prefill": short(prefill), "greedy": tokens[len(made["prompt"]):], "clear": STEPS if clear is None else clear, "decode": short(logits)}


def reply(question):
    made = make_model(question["make"])
    folder = pathlib.Path(question["folder"])
    write(folder, made)
    try:
        return answer(folder, made)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".replace("\n", " ")[:300]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), flush=True)
