"""Writes test/goldens/images: small image files of every kind and what Pillow and transformers make of them.

Run from the repository root: python test/goldens/make/images.py
Made with Python 3.11, Pillow 12.3.0, numpy 2.4.6, transformers 5.18.0 (CLIPImageProcessorPil).
Tolerance: none. Pixels are compared by SHA-256 of the (height, width, 3) bytes, floats by SHA-256 of the little-endian
float32 bytes (3, height, width); a first row and a few values are kept to see where a failure lies.
"""

import hashlib
import io
import json
import os
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

OUT = "test/goldens/images"
W, H = 41, 31
warnings.simplefilter("ignore")
os.makedirs(OUT, exist_ok=True)
rng = np.random.default_rng(7)


def path(name):
    return os.path.join(OUT, name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


def harsh():
    """Gradients, hard edges of saturated colours and noise."""
    y, x = np.mgrid[0:H, 0:W]
    image = np.stack([x * 255 // (W - 1), y * 255 // (H - 1), (x * y * 7) % 256], -1)
    image[7:14, 10:24] = [255, 0, 0]
    image[17:27, 20:34] = [0, 255, 255]
    image[:, 3] = 0
    return np.where((x > 27)[..., None], rng.integers(0, 256, (H, W, 3)), image).astype(np.uint8)


# ---------------------------------------------------------------------------------------------- files of every kind

pixels = harsh()
rgb = Image.fromarray(pixels)
grey = rgb.convert("L")
alpha = rng.integers(0, 256, (H, W), dtype=np.uint8)
alpha[:9] = 0
rgba = Image.fromarray(np.dstack([pixels, alpha]))
palette = rgb.quantize(64)


def swapped_profile():
    """sRGB with its red and green primaries exchanged: whoever applies it gets other colours."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    entries = {bytes(data[o : o + 4]): o for o in range(132, 132 + 12 * count, 12)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    data[red + 4 : red + 12], data[green + 4 : green + 12] = data[green + 4 : green + 12], data[red + 4 : red + 12]
    return bytes(data)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(width, height, depth, colour_type, rows, chunks=b""):
    """A PNG of kinds that Pillow does not write: 16 bits per channel, 2 and 4 bit greyscale."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9))
    return b"\x89PNG\r\n\x1a\n" + header + chunks + body + png_chunk(b"IEND", b"")


def packed(values, bits):
    per = 8 // bits
    padded = np.pad(values, ((0, 0), (0, -values.shape[1] % per)))
    return [sum(padded[:, i::per] << (8 - bits * (i + 1)) for i in range(per))[y].astype(np.uint8).tobytes() for y in range(len(values))]


def jpeg(name, image, **options):
    image.save(path(name), **{"quality": 85, **options})


jpeg("jpeg-444.jpg", rgb, subsampling=0)
jpeg("jpeg-422.jpg", rgb, subsampling=1)
jpeg("jpeg-420.jpg", rgb, subsampling=2)
jpeg("jpeg-411.jpg", rgb, subsampling="4:1:1")
jpeg("jpeg-progressive.jpg", rgb, quality=60, progressive=True)
jpeg("jpeg-quality-10.jpg", rgb, quality=10)
jpeg("jpeg-quality-100.jpg", rgb, quality=100, subsampling=0)
jpeg("jpeg-rgb-coded.jpg", rgb, keep_rgb=True)
jpeg("jpeg-grey.jpg", grey)
cmyk = np.array(rgb.convert("CMYK"))
cmyk[..., 3] = rng.integers(0, 200, (H, W))
jpeg("jpeg-cmyk-adobe.jpg", Image.fromarray(cmyk, "CMYK"))
adobe = open(path("jpeg-cmyk-adobe.jpg"), "rb").read()
marker = adobe.index(b"Adobe")
write("jpeg-ycck-adobe.jpg", adobe[: marker + 11] + b"\x02" + adobe[marker + 12 :])
write("jpeg-cmyk-plain.jpg", adobe[: marker - 4] + adobe[marker + 12 :])
orientation = Image.Exif()
orientation[274] = 6
jpeg("jpeg-exif-rotated.jpg", rgb, exif=orientation)
jpeg("jpeg-icc.jpg", rgb, icc_profile=swapped_profile())
plain = open(path("jpeg-420.jpg"), "rb").read()
scan = plain.index(b"\xff\xda")
write("jpeg-extraneous-bytes.jpg", plain[:scan] + b"\0\0\0" + plain[scan:])
write("jpeg-named.png", plain)

rgb.save(path("png-rgb.png"))
rgb.save(path("png-icc.png"), icc_profile=swapped_profile())
rgb.save(path("png-rgb-key.png"), transparency=(255, 0, 0))
rgba.save(path("png-rgba.png"))
grey.save(path("png-grey.png"))
grey.save(path("png-grey-key.png"), transparency=128)
Image.merge("LA", (grey, Image.fromarray(alpha))).save(path("png-grey-alpha.png"))
palette.save(path("png-palette.png"))
palette.save(path("png-palette-key.png"), transparency=3)
rgba.quantize(32, method=Image.Quantize.FASTOCTREE).save(path("png-palette-alpha.png"))
rgb.quantize(13).save(path("png-palette-4bit.png"), bits=4)
rgb.quantize(2).save(path("png-palette-1bit.png"), bits=1)
rgb.convert("1").save(path("png-1bit.png"))
write("png-grey-2bit.png", png_bytes(W, H, 2, 0, packed(np.array(grey) >> 6, 2)))
write("png-grey-4bit.png", png_bytes(W, H, 4, 0, packed(np.array(grey) >> 4, 4)))
wide = rng.integers(0, 65536, (H, W, 4), dtype=np.uint32)


def rows16(values):
    return [row.astype(">u2").tobytes() for row in values]


write("png-rgb-16bit.png", png_bytes(W, H, 16, 2, rows16(wide[..., :3])))
write("png-rgba-16bit.png", png_bytes(W, H, 16, 6, rows16(wide)))
write("png-grey-alpha-16bit.png", png_bytes(W, H, 16, 4, rows16(wide[..., :2])))
grey16 = np.array(grey).astype(np.uint32) * 2
write("png-grey-16bit.png", png_bytes(W, H, 16, 0, rows16(grey16)))
for name, key in (("png-grey-16bit-key.png", 200), ("png-grey-16bit-key-unused.png", 65535)):
    write(name, png_bytes(W, H, 16, 0, rows16(grey16), png_chunk(b"tRNS", struct.pack(">H", key))))
write("png-rgb-16bit-key.png", png_bytes(W, H, 16, 2, rows16(wide[..., :3]), png_chunk(b"tRNS", wide[0, 0, :3].astype(">u2").tobytes())))

rgb.save(path("webp-lossy.webp"), quality=75)
rgb.save(path("webp-lossless.webp"), lossless=True)
rgb.save(path("webp-icc.webp"), quality=80, icc_profile=swapped_profile())
rgba.save(path("webp-alpha.webp"), quality=75)
rgba.save(path("webp-alpha-lossless.webp"), lossless=True, exact=True)
inverse = Image.fromarray(np.dstack([255 - pixels, alpha]))
rgba.save(path("webp-animated.webp"), save_all=True, append_images=[inverse], lossless=True, background=(200, 100, 50, 255))

palette.save(path("gif-opaque.gif"))
palette.save(path("gif-transparent.gif"), transparency=3)
palette.save(path("gif-animated.gif"), save_all=True, append_images=[Image.fromarray(255 - pixels).quantize(16)])
grey.save(path("gif-grey.gif"))
palette.save(path("gif-interlaced.gif"), interlace=1)


def gif_codes(indexes, code_bits):
    """GIF's LZW with a clear code before every code grows: what a decoder must read, without compressing."""
    clear, size = 1 << code_bits, code_bits + 1
    codes = []
    for at in range(0, len(indexes), clear - 3):
        codes += [clear, *indexes[at : at + clear - 3]]
    bits = sum(int(code) << (size * i) for i, code in enumerate([*codes, clear + 1]))
    data = bits.to_bytes((size * (len(codes) + 1) + 7) // 8, "little")
    blocks = [data[i : i + 255] for i in range(0, len(data), 255)]
    return bytes([code_bits]) + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0"


def gif_bytes(canvas, place, indexes, table, local=None, transparent=None):
    def flags(colours):
        return 0x80 | (len(colours).bit_length() - 2)

    data = b"GIF89a" + struct.pack("<HH", *canvas) + bytes([flags(table), 5, 0]) + table.tobytes()
    if transparent is not None:
        data += b"!\xf9\x04" + bytes([1, 0, 0, transparent, 0])
    data += b"," + struct.pack("<HHHH", *place, indexes.shape[1], indexes.shape[0])
    data += bytes([flags(local)]) + local.tobytes() if local is not None else b"\0"
    colours = len(local if local is not None else table)
    return data + gif_codes(indexes.ravel(), max(2, colours.bit_length() - 1)) + b";"


table = rng.integers(0, 256, (16, 3), dtype=np.uint8)
local = rng.integers(0, 256, (8, 3), dtype=np.uint8)
cells = rng.integers(0, 16, (9, 11))
write("gif-small-frame.gif", gif_bytes((20, 15), (4, 3), cells, table))
write("gif-small-frame-transparent.gif", gif_bytes((20, 15), (4, 3), cells, table, transparent=7))
write("gif-small-frame-local-table.gif", gif_bytes((20, 15), (4, 3), cells % 8, table, local=local, transparent=2))
write("gif-frame-beyond-canvas.gif", gif_bytes((8, 8), (4, 3), cells, table))
write("gif-transparent-beyond-table.gif", gif_bytes((20, 15), (4, 3), cells, table, transparent=200))


def digest(data):
    return hashlib.sha256(data).hexdigest()


decode = {}
for name in sorted(os.listdir(OUT)):
    if name.endswith(".json"):
        continue
    with Image.open(path(name)) as image:
        mode, decoded = image.mode, image.convert("RGB")
    data = decoded.tobytes()
    decode[name] = {
        "mode": mode,
        "width": decoded.width,
        "height": decoded.height,
        "sha256": digest(data),
        "firstRow": data[: decoded.width * 3].hex(),
    }

# ------------------------------------------------------------------------------- resize, crop, pad and normalise


def noise(width, height):
    """(height, width, 3) bytes of a linear congruential generator, so that the test makes the same image itself."""
    state = width * 65536 + height
    data = bytearray(width * height * 3)
    for i in range(len(data)):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        data[i] = state >> 24
    return Image.frombytes("RGB", (width, height), bytes(data))


FILTERS = {"lanczos": 1, "bilinear": 2, "bicubic": 3}
SIZES = [
    ((97, 61), (97, 61)), ((97, 61), (40, 40)), ((97, 61), (97, 30)), ((97, 61), (50, 61)), ((97, 61), (200, 150)),
    ((97, 61), (96, 62)), ((97, 61), (1, 1)), ((97, 61), (336, 7)), ((640, 427), (336, 336)), ((640, 427), (503, 336)),
    ((37, 500), (224, 3027)), ((1, 1), (5, 4)), ((2, 3), (336, 336)), ((1, 50), (3, 20)), ((500, 375), (447, 336)),
]  # fmt: skip
resize = []
for source, target in SIZES:
    for name, number in FILTERS.items():
        data = noise(*source).resize(target, resample=number).tobytes()
        resize.append({
            "source": source, "target": target, "filter": name, "sha256": digest(data), "firstPixels": data[:24].hex(),
        })  # fmt: skip

OLD = {
    "crop_size": 336, "do_center_crop": True, "do_normalize": True, "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 336,
}  # fmt: skip
NEW = {
    "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "do_convert_rgb": True, "do_normalize": True,
    "do_rescale": True, "do_resize": True, "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_processor_type": "CLIPImageProcessor", "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3,
    "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 224},
}  # fmt: skip
PROCESSORS = {
    "clip-336-old": OLD,
    "clip-224-new": NEW,
    "defaults": {},
    "exact-size": {**NEW, "size": {"height": 50, "width": 70}, "do_center_crop": False, "resample": 2},
    "list-size": {**NEW, "size": [45, 33], "crop_size": [40, 30], "resample": 1},
    "crop-larger": {**NEW, "size": {"shortest_edge": 31}, "crop_size": {"height": 64, "width": 45}},
    "crop-odd": {**NEW, "size": {"shortest_edge": 64}, "crop_size": {"height": 33, "width": 70}},
    "no-resize": {**NEW, "do_resize": False, "crop_size": 48},
    "no-rescale": {**NEW, "do_rescale": False, "size": 32, "crop_size": 32},
    "no-normalize": {**NEW, "do_normalize": False, "size": 32, "crop_size": 32, "image_mean": [0.5, 0.25, 0.999]},
    "other-mean": {**NEW, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.25, 0.3], "size": 32, "crop_size": 32},
}  # fmt: skip


def pad_to_square(image, mean):
    """LLaVA's padding, in other words: the mean colour cut to 8 bits, the image in the middle."""
    width, height = image.size
    side = max(width, height)
    square = Image.new("RGB", (side, side), tuple(int(value * 255) for value in mean))
    square.paste(image, ((side - width) // 2, (side - height) // 2))
    return square


preprocess = []
for processor, config in PROCESSORS.items():
    for source in [(64, 41), (41, 64), (50, 50)] + ([(640, 427), (333, 500)] if processor == "clip-336-old" else []):
        for aspect in ["pad", "square"]:
            clip = CLIPImageProcessorPil(**config)
            image = noise(*source)
            if aspect == "pad":
                image = pad_to_square(image, clip.image_mean)
            values = np.asarray(clip(image, return_tensors="np")["pixel_values"][0]).astype("<f4")
            flat = values.ravel()
            preprocess.append({
                "processor": processor, "source": source, "imageAspectRatio": aspect, "shape": values.shape,
                "sha256": digest(values.tobytes()), "values": [float(flat[i * (flat.size - 1) // 4]) for i in range(5)],
            })  # fmt: skip

with open(path("expected.json"), "w") as file:
    sections = {"decode": [{"file": k, **v} for k, v in decode.items()], "resize": resize, "preprocess": preprocess}
    file.write("{\n")
    file.write(f'  "processors": {json.dumps(PROCESSORS)},\n')
    parts = []
    for name, cases in sections.items():
        parts.append(f'  "{name}": [\n' + ",\n".join("    " + json.dumps(case) for case in cases) + "\n  ]")
    file.write(",\n".join(parts) + "\n}\n")
print({name: entry["mode"] for name, entry in decode.items()})
