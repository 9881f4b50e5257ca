"""Makes test/goldens/lora/<case>/: LoRA folders as PEFT writes them, and what PEFT's merge makes of them.

Made with torch 2.13.0+cpu, transformers 5.24.0, peft 0.21.2, safetensors. Run from anywhere: python lora.py
Each folder: PEFT's adapter_config.json and adapter_model.safetensors (`llava`: LLaVA's config.json and non_lora_trainables.bin
too); merged.safetensors, the tensors that merge_and_unload changed, under the names of the base and in its dtype; expected.json:
`base`, below the folder of the fixtures or goldens, `prompt`, and `prefill`, the logits of the merged model behind it, from
float32 arithmetic on the merged weights. Tolerances: a merged number may differ by one step of its dtype, where the sum in
float32 lies between two; logits by 2e-3 of the largest.
"""

import json
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

ROOT = Path(__file__).resolve().parents[3]
OUT = Path(__file__).parent.parent / "lora"
PROMPT = [5, 17, 40, 3, 88, 61, 22, 9, 54, 70, 31, 12, 77, 45]
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

CASES = {
    # Every linear layer and the head, with ranks and alphas of their own.
    "linear": ("test/goldens/models/mistral-window",
               LoraConfig(r=4, lora_alpha=8, target_modules=[*LINEAR, "lm_head"], rank_pattern={"q_proj": 2, "v_proj": 6},
                          alpha_pattern={"layers.1.mlp.down_proj": 3, r"layers\.0\..*k_proj": 5}), None),
    # The embedding table, which is the head too; rank-stabilised.
    "table": ("test/goldens/models/llama-tied",
              LoraConfig(r=5, lora_alpha=10, target_modules=["embed_tokens", "q_proj"], use_rslora=True), None),
    # Table and head trained whole, with four more tokens.
    "whole": ("test/goldens/models/llama3-rope",
              LoraConfig(r=3, lora_alpha=3, target_modules=["v_proj"], modules_to_save=["embed_tokens", "lm_head"]), 100),
    "llava": ("fixtures/small-world/qwen2", LoraConfig(r=4, lora_alpha=16, target_modules=["q_proj", "v_proj"]), None),
}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator).to(parameter.dtype)


def llava_files(folder, base):
    """What LLaVA's train.py writes beside the LoRA: config.json and what was trained whole, here the projector."""
    config = json.loads((ROOT / "fixtures/small-world/tuned/llava-qwen2/config.json").read_text())
    for key in ["mlp_hidden_size", "mm_vocab_size", "mm_vocab_matrix"]:
        del config[key]
    # The test copies the folder to where the tower lies.
    config |= {"mm_projector_type": "mlp2x_gelu", "mm_vision_tower": "vision"}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    adapter = torch.load(ROOT / "fixtures/small-world/adapters/qwen2/mlp2x_gelu/mm_projector.bin", weights_only=True)
    own = {name: value for name, value in adapter.items() if "mm_projector" in name}
    assert len(own) == 4, list(adapter)
    torch.save({f"base_model.model.model.{name[name.index('mm_projector'):]}": value for name, value in own.items()},
               folder / "non_lora_trainables.bin")


@torch.no_grad()
def make(case, seed):
    base, config, rows = CASES[case]
    folder = OUT / case
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = AutoModelForCausalLM.from_pretrained(ROOT / base)
    if rows is not None:
        model.resize_token_embeddings(rows)
    tuned = get_peft_model(model, config)
    randomise(tuned, seed)
    tuned.peft_config["default"].base_model_name_or_path = f"org/{Path(base).name}"
    tuned.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    if case == "llava":
        llava_files(folder, base)

    fresh = AutoModelForCausalLM.from_pretrained(ROOT / base)
    if rows is not None:
        fresh.resize_token_embeddings(rows)
    merged = PeftModel.from_pretrained(fresh, folder).merge_and_unload()
    before = load_file(ROOT / base / "model.safetensors")
    after = {name: value.contiguous().clone() for name, value in merged.state_dict().items() if name in before}
    changed = {name: value for name, value in after.items()
               if value.shape != before[name].shape or not torch.equal(value.to(before[name].dtype), before[name])}
    assert all(value.dtype == before[name].dtype for name, value in changed.items())
    save_file(changed, folder / "merged.safetensors")
    wide = merged.float()
    logits = wide(input_ids=torch.tensor([PROMPT])).logits[0, -1]
    (folder / "expected.json").write_text(json.dumps({
        "base": base, "prompt": PROMPT, "prefill": [float(f"{value:.7g}") for value in logits.tolist()],
    }) + "\n")
    print(case, len(changed), sorted(changed)[:3], f"{logits.abs().max():.3f}")


for index, name in enumerate(CASES):
    make(name, 100 + index)
