"""Makes test/goldens/tiled-models.json: small llava, llava_next and llava_onevision models, pictures of ten shapes, and transformers' answers.

Weights are those of numbered.py, pictures the noise of images.py; only configs and results are kept. Of each question: how many vectors the LLM
is given of its pictures, numbers of every view's tensor (tolerance 1e-6), the first token's logits (1e-4 of the largest) and the greedy
tokens. `counts`: vectors of pictures of real sizes by the processors of released models.

Made with torch 2.13.0+cpu, transformers 5.24.0, Pillow 12.3. Run: python tiled_models.py
"""

import json
import math
import pathlib

import torch
from transformers import (CLIPImageProcessorPil, CLIPVisionConfig, GraniteConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaNextConfig,
                          LlavaNextForConditionalGeneration, LlavaNextImageProcessorPil, LlavaNextProcessor, LlavaOnevisionConfig,
                          LlavaOnevisionForConditionalGeneration, LlavaOnevisionImageProcessorPil, LlavaOnevisionProcessor, Qwen2Config,
                          SiglipImageProcessorPil, SiglipVisionConfig)

from numbered import values
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parent.parent / "tiled-models.json"
TILE, PATCH = 28, 7
VOCABULARY, IMAGE = 64, 63
SHAPES = [(40, 30), (30, 40), (60, 60), (61, 56), (120, 30), (10, 100), (20, 20), (28, 28), (93, 36), (141, 53)]
SEVERAL = [[(40, 30), (20, 50)]]
STEPS = 5
NEXT = [[28, 56], [56, 28], [56, 56], [84, 28], [28, 84]]
SIX = [[28 * i, 28 * j] for i in range(1, 7) for j in range(1, 7)]
TEXT = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
            max_position_embeddings=2048, tie_word_embeddings=False)
VISION = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=TILE, patch_size=PATCH)
CLIP_SIZES = dict(size={"shortest_edge": TILE}, crop_size={"height": TILE, "width": TILE})
SIGLIP_SIZES = dict(size={"height": TILE, "width": TILE})
HALF = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3)


def noise(width, height):
    """The picture of images.py and test/image/image-goldens.ts."""
    state = width * 65536 + height
    data = bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        data[i] = state >> 24
    return Image.frombytes("RGB", (width, height), bytes(data))


CLIP, SIGLIP = CLIPVisionConfig(**VISION), SiglipVisionConfig(**VISION, vision_use_head=False)
FACTORS = dict(embedding_multiplier=3.0, attention_multiplier=0.25, residual_multiplier=0.5, logits_scaling=2.0)
LLAMA, QWEN, GRANITE = LlamaConfig(**TEXT), Qwen2Config(**TEXT), GraniteConfig(**TEXT, **FACTORS)
CASES = [
    ("llava clip", LlavaConfig, LlavaForConditionalGeneration, CLIPImageProcessorPil(**CLIP_SIZES), dict(vision_config=CLIP, text_config=LLAMA)),
    ("llava siglip default", LlavaConfig, LlavaForConditionalGeneration, SiglipImageProcessorPil(**SIGLIP_SIZES),
     dict(vision_config=SIGLIP, text_config=LLAMA)),
    ("llava siglip full", LlavaConfig, LlavaForConditionalGeneration, SiglipImageProcessorPil(**SIGLIP_SIZES),
     dict(vision_config=SIGLIP, text_config=QWEN, vision_feature_layer=-1, vision_feature_select_strategy="full")),
    ("llava_next clip", LlavaNextConfig, LlavaNextForConditionalGeneration, LlavaNextImageProcessorPil(**CLIP_SIZES, image_grid_pinpoints=NEXT),
     dict(vision_config=CLIP, text_config=LLAMA, image_grid_pinpoints=NEXT)),
    ("llava_next siglip", LlavaNextConfig, LlavaNextForConditionalGeneration,
     LlavaNextImageProcessorPil(**SIGLIP_SIZES, crop_size={"height": TILE, "width": TILE}, image_grid_pinpoints=SIX, **HALF),
     dict(vision_config=SIGLIP, text_config=QWEN, image_grid_pinpoints=SIX, vision_feature_layer=-1, vision_feature_select_strategy="full")),
    ("llava_onevision", LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration,
     LlavaOnevisionImageProcessorPil(**SIGLIP_SIZES, image_grid_pinpoints=SIX, **HALF),
     dict(vision_config=SIGLIP, text_config=QWEN, image_grid_pinpoints=SIX, vision_aspect_ratio="anyres_max_9")),
    ("llava_onevision 4", LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration,
     LlavaOnevisionImageProcessorPil(**SIGLIP_SIZES, image_grid_pinpoints=SIX, **HALF),
     dict(vision_config=SIGLIP, text_config=QWEN, image_grid_pinpoints=SIX, vision_aspect_ratio="anyres_max_4", vision_feature_layer=-2)),
    ("llava_next granite layers", LlavaNextConfig, LlavaNextForConditionalGeneration,
     LlavaNextImageProcessorPil(**SIGLIP_SIZES, crop_size={"height": TILE, "width": TILE}, image_grid_pinpoints=SIX, **HALF),
     dict(vision_config=SIGLIP, text_config=GRANITE, image_grid_pinpoints=SIX, vision_feature_layer=[-3, -1, 1],
          vision_feature_select_strategy="full")),
]


def exponent(name, shape):
    if len(shape) == 1:
        return -2
    if "embed_tokens" in name or "position" in name:
        return -1
    return round(math.log2((3 / math.prod(shape[1:])) ** 0.5))


def numbered(model, start):
    state, listed = model.state_dict(), []
    for name in sorted(state):
        tensor = state[name]
        if not tensor.is_floating_point():
            continue
        e, plus = exponent(name, tensor.shape), 1 if "norm" in name and name.endswith("weight") else 0
        tensor.copy_(torch.from_numpy(values(tensor.shape, e, plus, start)))
        start += tensor.numel()
        listed.append([name, list(tensor.shape), e, plus])
    return listed


def sampled(view):
    flat = view.flatten()
    return [float(f"{flat[round(k * (len(flat) - 1) / 6)]:.8g}") for k in range(7)]


def question(model, images, shapes):
    pictures = [noise(*shape) for shape in shapes]
    grouped = isinstance(images, LlavaOnevisionImageProcessorPil)
    inputs = dict(images(images=[pictures] if grouped else pictures, return_tensors="pt"))
    views = inputs["pixel_values"]
    extra = {key: inputs[key] for key in ("image_sizes", "batch_num_images") if key in inputs}
    features = model.model.get_image_features(pixel_values=views, **extra, **defaults(model), return_dict=True).pooler_output
    counts = [len(each) for each in features]
    ids = [5, 17]
    for count in counts:
        ids += [IMAGE] * count + [9]
    ids += [22, 40, 3]
    said = model.generate(input_ids=torch.tensor([ids]), pixel_values=views, **extra, max_new_tokens=STEPS, do_sample=False,
                          return_dict_in_generate=True, output_logits=True, eos_token_id=None, pad_token_id=0)
    lead = min(float((top[0] - top[1]) / step.abs().max()) for step in said.logits for top in [step[0].topk(2).values])
    if lead < 1e-3:
        return None
    flat = views.reshape(-1, 3, TILE, TILE)
    shown = [view for view in flat if bool(view.abs().sum() > 0)]
    return {"pictures": shapes, "counts": counts, "views": [sampled(view) for view in shown],
            "logits": [float(f"{value:.6g}") for value in said.logits[0][0].tolist()],
            "tokens": said.sequences[0, len(ids):].tolist()}


def defaults(model):
    config = model.config
    given = {"vision_feature_layer": config.vision_feature_layer,
             "vision_feature_select_strategy": config.vision_feature_select_strategy}
    if hasattr(config, "vision_aspect_ratio"):
        given["vision_aspect_ratio"] = config.vision_aspect_ratio
    return given


@torch.no_grad()
def made(name, config_class, model_class, images, fields):
    config = config_class(**fields, image_token_index=IMAGE)
    config.image_token_id = IMAGE
    model = model_class(config).float().eval()
    for start in range(0, 100_000_000, 1_000_003):
        tensors = numbered(model, start)
        asked = [[shape] for shape in SHAPES] + (SEVERAL if name != "llava siglip default" else [])
        questions = [question(model, images, shapes) for shapes in asked]
        if None not in questions and len({tuple(each["tokens"]) for each in questions}) > 2:
            break
    print(name, start, [each["counts"] for each in questions])
    keep = ("model_type", "image_token_index", "image_token_id", "image_grid_pinpoints", "vision_aspect_ratio", "vision_feature_layer",
            "vision_feature_select_strategy", "projector_hidden_act")
    full = json.loads(config.to_json_string(use_diff=False))
    small = {key: full[key] for key in keep if key in full}
    small |= {"text_config": {"model_type": full["text_config"]["model_type"], "rms_norm_eps": full["text_config"]["rms_norm_eps"], **TEXT,
                               **{key: full["text_config"][key] for key in FACTORS if key in full["text_config"]}},
              "vision_config": {"model_type": full["vision_config"]["model_type"], **VISION}, "tie_word_embeddings": False}
    processor = {key: value for key, value in images.to_dict().items() if value is not None}
    processor["image_processor_type"] = type(images).__name__.removesuffix("Pil")
    return {"name": name, "config": small, "processor": json.loads(json.dumps(processor)), "start": start, "tensors": tensors, "questions": questions}


def counted():
    """Vectors of pictures of real sizes."""
    sizes = [(640, 480), (480, 640), (1000, 1000), (1024, 899), (2000, 500), (100, 1000), (300, 300), (300, 200), (336, 336), (1407, 536), (641, 479),
             (17, 23), (4000, 3000), (1, 999), (5000, 7), (384, 384), (385, 383), (768, 1152), (2304, 2304), (333, 1001)]
    grid = [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]]
    six = [[384 * i, 384 * j] for i in range(1, 7) for j in range(1, 7)]
    clip = LlavaNextImageProcessorPil(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}, image_grid_pinpoints=grid)
    siglip = LlavaOnevisionImageProcessorPil(size={"height": 384, "width": 384}, image_grid_pinpoints=six)
    fake = lambda kind, images, **fields: type("Fake", (kind,), {"__init__": lambda self: self.__dict__.update(image_processor=images, **fields)})()
    after = fake(LlavaNextProcessor, clip, patch_size=14, vision_feature_select_strategy="default",
                 num_additional_image_tokens=0)
    pooled = fake(LlavaOnevisionProcessor, siglip, num_image_tokens=729, vision_feature_select_strategy="full", vision_aspect_ratio="anyres_max_9")
    return [{"size": size, "next": after._get_number_of_features(size[1], size[0], 336, 336),
             "onevision": pooled._get_number_of_features(size[1], size[0], 384, 384)} for size in sizes]


result = {"counts": counted(), "models": [made(*case) for case in CASES]}
lines = ",\n".join(json.dumps(model) for model in result["models"])
OUT.write_text('{"counts": ' + json.dumps(result["counts"]) + ',\n"models": [\n' + lines + "\n]}\n")
