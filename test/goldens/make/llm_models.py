"""Makes test/goldens/models/<llm>/: tiny random LLMs and what PyTorch says they answer.

Made with torch 2.13.0+cpu, transformers 5.18.0 (`q4` with 5.24.0), safetensors. Run from anywhere: python llm_models.py
Each folder: config.json and weights (stored in bfloat16 unless its name says otherwise) as a Hugging Face folder, and
expected.json: `prompt` (token ids), `prefill` (logits after the prompt), `greedy` (32 tokens), `decode` (logits after the
31st), all from float32 arithmetic on the stored bytes, and `q8` / `q4`: the prefill logits with every linear layer and the
head rounded to blocks of 32 as src/runtime/parts/quantise.ts rounds them. Tolerances, in units of the largest logit:
1e-4 in float32, 2e-2 in float16 and bfloat16, 3e-2 in q8 and 5e-2 in q4 (the kernel also rounds activations to 8 bits).
"""

import json
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

OUT = Path(__file__).parent.parent / "models"
STEPS = 32
# A smaller lead of the best token over the second, in units of the largest logit, is a tie: another seed is taken.
MIN_MARGIN = 2e-3
PROMPT = [5, 17, 40, 3, 88, 61, 22, 9, 54, 70, 31, 12, 77, 45]

SMALL = dict(vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, head_dim=16, max_position_embeddings=128, bos_token_id=1, eos_token_id=2)

MODELS = {
    "llama-tied": LlamaConfig(**SMALL, tie_word_embeddings=True),
    "llama-biased-linear-rope": LlamaConfig(
        **SMALL, attention_bias=True, mlp_bias=True,
        rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}),
    # Wider, so that rounded rows are several blocks.
    "llama3-rope": LlamaConfig(
        **{**SMALL, "hidden_size": 64}, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 32, "rope_theta": 500000.0}),
    "mistral-window": MistralConfig(**{**SMALL, "hidden_size": 64, "intermediate_size": 32, "head_dim": None}, sliding_window=6),
    "qwen2-tied": Qwen2Config(**SMALL, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
    "qwen2-window-f16": Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=6, max_window_layers=1),
    "qwen3": Qwen3Config(**SMALL, tie_word_embeddings=True),
    "qwen3-biased": Qwen3Config(**SMALL, attention_bias=True),
}


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            parameter.data = 1 + 0.3 * noise
        elif name.endswith("bias"):
            parameter.data = 0.3 * noise
        elif "embed" in name:
            # Small, so that a tied head does not just repeat the token that went in.
            parameter.data = 0.2 * noise
        else:
            parameter.data = noise / parameter.shape[-1] ** 0.5


def round_to_blocks(weight, bits, block=32):
    """8 bits: scale = largest magnitude / 127; 4 bits: scale = the value of the largest magnitude / -8. Halves are rounded away from zero."""
    rows, columns = weight.shape
    blocks = weight.reshape(rows, columns // block, block)
    largest = blocks.gather(-1, blocks.abs().argmax(-1, keepdim=True))
    scale = largest.abs() / 127 if bits == 8 else largest / -8
    scale[scale == 0] = 1
    ratio = blocks / scale
    integers = torch.sign(ratio) * torch.floor(ratio.abs() + 0.5)
    return (integers.clamp(max=2 ** (bits - 1) - 1) * scale).reshape(rows, columns)


def logits_of(model, past=None, **inputs):
    out = model(**inputs, past_key_values=past, use_cache=True)
    return out.logits[0, -1], out.past_key_values


def quantised_logits(folder, bits):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    table = model.get_input_embeddings().weight.data.clone()
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.data = round_to_blocks(module.weight.data, bits)
    return logits_of(model, inputs_embeds=table[PROMPT][None])[0]


def rounded(values):
    return [float(f"{value:.7g}") for value in values.tolist()]


@torch.no_grad()
def expected(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    prefill, past = logits_of(model, input_ids=torch.tensor([PROMPT]))
    greedy, logits, margin = [], prefill, 1e9
    for _ in range(STEPS):
        top = logits.topk(2).values
        margin = min(margin, float((top[0] - top[1]) / logits.abs().max()))
        greedy.append(int(logits.argmax()))
        decode = logits
        logits, past = logits_of(model, past, input_ids=torch.tensor([[greedy[-1]]]))
    if margin < MIN_MARGIN:
        return None
    print(folder.name, "margin", margin, "distinct", len(set(greedy)))
    return {"prompt": PROMPT, "prefill": rounded(prefill), "greedy": greedy, "decode": rounded(decode),
            "q8": rounded(quantised_logits(folder, 8)), "q4": rounded(quantised_logits(folder, 4))}


def make(name, config, seed):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model = AutoModelForCausalLM.from_config(config)
    randomise(model, seed)
    model.to(torch.float16 if name.endswith("f16") else torch.bfloat16).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    result = expected(folder)
    if result is None:
        return make(name, config, seed + 100)
    (folder / "expected.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


for index, (model_name, model_config) in enumerate(MODELS.items()):
    make(model_name, model_config, index)
