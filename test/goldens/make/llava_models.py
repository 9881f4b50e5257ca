"""Makes test/goldens/models/{llava-hf,llava-hf-old}/: tiny random LlavaForConditionalGeneration folders and their answers.

Made with torch 2.13.0+cpu, transformers 5.18.0, tokenizers 0.22, Pillow 12.3. Run from anywhere: python llava_models.py
`llava-hf` is as this transformers saves it: llama, a tokenizer that writes a word start in front, the processor's chat
template. `llava-hf-old` is as releases before 4.52 left it: qwen2, key names of then, a config that leaves out what is its
class's default, features of the last layer with the class token, no chat template. expected.json has, per question about a
test picture of fixtures/small-world: the `prompt`, the `logits` of the first token and the greedy `answer`, all float32 on the
stored bfloat16. Tolerance of logits 1e-4 of the largest; answers are equal (the best token leads by MIN_MARGIN of the largest).
"""

import json
import shutil
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (CLIPImageProcessorPil, CLIPVisionConfig, LlamaConfig, LlavaConfig,
                          LlavaForConditionalGeneration, LlavaProcessor, PreTrainedTokenizerFast, Qwen2Config)

OUT = Path(__file__).parent.parent / "models"
IMAGES = Path(__file__).parents[3] / "fixtures" / "small-world" / "images"
QUESTIONS = [("scene_0000.png", "Is there a red star?"), ("scene_0000.png", "What color is the moon?"),
             ("scene_0001.png", "Is there a red star?"), ("scene_0001.png", "A. left\nB. right")]
ANSWER_TOKENS = 10
MIN_MARGIN = 2e-3
SIDE, PATCH = 42, 7

VISION = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=SIDE, patch_size=PATCH)
TEXT = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1)

# The form of llava-hf's own templates: images first, then the texts.
TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>\\n' }}{% endfor %}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{{ part['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
CHATML = ("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<image>\n{}<|im_end|>\n"
          "<|im_start|>assistant\n")


def sentencepiece_like():
    """Llama 2's kind: `<s>` in front, a word start before each text, characters, and bytes for all others."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁",
              *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.?:", "▁t", "▁th", "▁the", "in", "▁i", "▁is"]
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("i", "n"), ("▁", "i"), ("▁i", "s")]
    core = Tokenizer(models.BPE({piece: i for i, piece in enumerate(pieces)}, merges, unk_token="<unk>", byte_fallback=True))
    core.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    core.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                      decoders.Strip(content=" ", left=1)])
    core.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ("<unk>", "<s>", "</s>", "<image>")])
    core.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>", bos_token="<s>", eos_token="</s>",
                                   extra_special_tokens={"image_token": "<image>"})


def byte_level():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    core = Tokenizer(models.BPE({piece: i for i, piece in enumerate(alphabet)}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(t, special=True) for t in ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>")])
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>",
                                   extra_special_tokens={"image_token": "<image>"})


def randomise(model, seed, unsaid):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name and name.endswith("weight"):
            parameter.data = 1 + 0.3 * noise
        elif parameter.dim() == 1:
            parameter.data = 0.3 * noise
        elif "embed_tokens" in name:
            parameter.data = 0.3 * noise
        else:
            # Image vectors have to weigh as much as text does, so that two pictures give two answers.
            parameter.data = noise / parameter[0].numel() ** 0.5
    # Their logits are 0: answers are letters, because libraries write bytes that are no UTF-8 differently.
    model.lm_head.weight.data[unsaid] = 0


def processor_of(tokenizer, strategy, template):
    images = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    return LlavaProcessor(images, tokenizer, patch_size=PATCH, vision_feature_select_strategy=strategy,
                          num_additional_image_tokens=1, chat_template=template)


@torch.no_grad()
def expected(folder, processor, prompt_of):
    model = LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    rows = []
    for name, question in QUESTIONS:
        prompt = prompt_of(question)
        inputs = processor(images=Image.open(IMAGES / name).convert("RGB"), text=prompt, return_tensors="pt")
        said = model.generate(**inputs, max_new_tokens=ANSWER_TOKENS, do_sample=False, return_dict_in_generate=True,
                              output_logits=True, use_cache=True)
        lead = min(float((top[0] - top[1]) / step.abs().max()) for step in said.logits for top in [step[0].topk(2).values])
        if lead < MIN_MARGIN:
            return None
        tokens = said.sequences[0, inputs["input_ids"].shape[1]:]
        rows.append({"image": name, "question": question, "prompt": prompt,
                     "logits": [float(f"{value:.6g}") for value in said.logits[0][0].tolist()],
                     "tokens": tokens.tolist(), "answer": processor.tokenizer.decode(tokens, skip_special_tokens=True)})
    return rows if len({row["answer"] for row in rows}) == len(rows) else None


def make(name, tokenizer, text, *, layer, strategy, template, prompt_of, seed, age=lambda folder: None):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    image_token = tokenizer.convert_tokens_to_ids("<image>")
    config = LlavaConfig(vision_config=CLIPVisionConfig(**VISION), text_config=text(vocab_size=len(tokenizer)),
                         image_token_index=image_token, vision_feature_layer=layer, vision_feature_select_strategy=strategy,
                         image_seq_length=(SIDE // PATCH) ** 2)
    model = LlavaForConditionalGeneration(config)
    pieces = [tokenizer.convert_ids_to_tokens(i) for i in range(len(tokenizer))]
    randomise(model, seed, [i for i, piece in enumerate(pieces) if not piece.lstrip("▁").isascii() or piece.startswith("<")])
    model.to(torch.bfloat16).save_pretrained(folder)
    processor = processor_of(tokenizer, strategy, template)
    processor.save_pretrained(folder)
    age(folder)
    rows = expected(folder, processor, lambda question: prompt_of(processor, question))
    if rows is None:
        return make(name, tokenizer, text, layer=layer, strategy=strategy, template=template, prompt_of=prompt_of,
                    seed=seed + 100, age=age)
    print(name, seed, [row["answer"] for row in rows])
    (folder / "expected.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")


def by_template(processor, question):
    content = [{"type": "image"}, {"type": "text", "text": question}]
    return processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)


def age(folder):
    """Rewrites a folder as releases before 4.52 left it."""
    tensors = load_file(folder / "model.safetensors")
    old = {name.replace("vision_tower.", "vision_tower.vision_model."): value for name, value in tensors.items()}
    save_file(old, folder / "model.safetensors", metadata={"format": "pt"})
    path = folder / "config.json"
    config = json.loads(path.read_text())
    text = {key: config["text_config"][key] for key in ("model_type", "vocab_size", *TEXT)}
    vision = {key: config["vision_config"][key] for key in ("model_type", *VISION)}
    kept = ("architectures", "image_token_index", "model_type", "projector_hidden_act", "tie_word_embeddings",
            "vision_feature_layer", "vision_feature_select_strategy")
    path.write_text(json.dumps({key: config[key] for key in kept} | {"text_config": text, "vision_config": vision}, indent=2))
    images = json.loads((folder / "processor_config.json").read_text())["image_processor"]
    (folder / "preprocessor_config.json").write_text(json.dumps(images | {"image_processor_type": "CLIPImageProcessor"}, indent=2))
    (folder / "processor_config.json").unlink()


make("llava-hf", sentencepiece_like(), lambda **sizes: LlamaConfig(**TEXT, **sizes, rms_norm_eps=1e-5), layer=-2,
     strategy="default", template=TEMPLATE, prompt_of=by_template, seed=1)
make("llava-hf-old", byte_level(), lambda **sizes: Qwen2Config(**TEXT, **sizes), layer=-1, strategy="full", template=None,
     prompt_of=lambda _, question: CHATML.format(question), seed=2, age=age)
