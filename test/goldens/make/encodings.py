"""Goldens of test/vocabulary/encodings.test.ts: ids that the Rust tokenizers give texts, without special tokens around.

Usage: python test/goldens/make/encodings.py ../shared/data/tokenizers > test/goldens/vocabulary/encodings.json
Made with Python 3.11, tokenizers 0.23.2 (on Unicode data of its own). Exact: no tolerance.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

TOKENIZERS = [
    "qwen2.5",
    "qwen2.5-vl",
    "llama3-8b-instruct",
    "gpt2",
    "roberta-base",
    "tinyllama",
    "tinyllama-listmerges",
    "phi-3-mini",
]

TEXTS = {
    "empty": "",
    "one space": " ",
    "english": "What is the man in the red jacket holding? Answer the question using a single word or phrase.",
    "contractions": "I'm sure they'LL say it's 'twas, DON'T you'd we've he'Re ſ'ſ",
    "french": "Où est la façade de l'hôtel, près du café où naïfs et élèves s'aperçoivent ?",
    "german": "Die größte Straßenbahn fährt über Österreichs Brücken.",
    "vietnamese": "Đây là một bức ảnh của người đàn ông đang cưỡi ngựa.",
    "cyrillic": "Что изображено на фотографии? Кошка сидит на подоконнике.",
    "greek": "Τι δείχνει η εικόνα; Ένας σκύλος τρέχει στην παραλία.",
    "arabic": "ماذا يوجد في الصورة؟ رجلٌ يركبُ حصانًا.",
    "hebrew": "מה רואים בתמונה? יֶלֶד עִם כַּדּוּר",
    "devanagari": "चित्र में क्या है? एक लड़का क्रिकेट खेल रहा है।",
    "thai": "ในภาพมีอะไรบ้าง มีแมวสองตัวนอนอยู่บนโซฟา",
    "chinese": "图片里的人在做什么？他正在公园里放风筝，天气很好。",
    "chinese, rare": "𠮷野家的𡈽地，㐀㐁 龘䶮",
    "japanese": "写真には何が写っていますか？カメラを持ったｶﾒﾗマン。",
    "korean": "사진에 무엇이 있나요? 강아지가 잔디밭에서 뛰고 있어요.",
    "georgian, amharic, tamil": "რა არის სურათზე? በሥዕሉ ላይ ምን አለ? படத்தில் என்ன உள்ளது?",
    "decomposed": "cafe\u0301 A\u030angstro\u0308m \u1100\u1161\u11a8 o\u0302\u0323",
    "compatibility": "ﬁne ① ½ ㎏ Ω Å ﷺ ＡＢＣ",
    "python": "def forward(self, x):\n    # (batch, hidden)\n    return x @ self.weight.T + 1e-05\n\n\n",
    "c": '#include <stdio.h>\r\nint main(void) {\r\n\tprintf("%d\\n", 0xFF);\r\n\treturn 0;\r\n}\r\n',
    "html": '<div class="a"><img src="x.png" alt="&nbsp;"/></div><!-- <br> -->',
    "json": '{"id": 12800, "tokens": ["Ġthe", "▁the", "##ing"], "x": null}',
    "latex": "$\\sum_{i=1}^{n} \\frac{\\alpha_i}{2^i} \\leq \\infty$",
    "url": "https://example.org/a_b-c/?q=1&r=%20#frag me@example.com",
    "numbers": "0 1 12 123 1234 12345 123456 3.14159 1,000,000 1e10 007 ٣٤٥ ४५६ 一二三 ²³",
    "emoji": "😀😃 👍🏽 👩\u200d👩\u200d👧\u200d👦 🇫🇷🇯🇵 ❤️ ☺ 🏳️\u200d🌈 #️⃣",
    "symbols": "→ ⇒ ≠ ± × ÷ € £ ¥ © ® ™ § ¶ • … “quoted” ‘so’ – —",
    "spaces": "a  b   c    d     e      f       g        h               i                               j",
    "leading spaces": "   three, then a word",
    "trailing spaces": "a word, then three   ",
    "tabs and newlines": "\ta\t\tb\n\nc\n\n\nd\r\n\r\ne \n f \t g",
    "other spaces": "a\u00a0b\u2003c\u3000d\u2028e\u2029f\u0085g\u1680h\u202fi",
    "c0 controls": "".join(map(chr, range(1, 32))) + "\x7f",
    "nul": "a\x00b",
    "c1 controls": "".join(map(chr, range(0x80, 0xA0))),
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "byte order mark first": "\ufeffa",
    "white space of Rust and of JavaScript": "\ufeff's a\ufeff  \ufeffb's \u0085c \u0085\u0085 d",
    "directions": "a\u202eb\u202cc\u2066d\u2069",
    "noncharacters": "\uffff\ufffe\U0010ffff\U000f0000\ue000",
    "replacement": "a\ufffdb",
    "latin-1": "".join(map(chr, range(0xA0, 0x100))),
    "word starts": "▁ ▁a ▁▁b Ġ Ġa Ċ ##a </w> <0x0A>",
    "long word": "pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "repeated": "aaaaaaaaaaaaaaaaaaaaaaaa ------------------------ ........ !!!!!!!! ________",
    "mixed scripts": "Москва-2024 東京tower café中文 αβγabc 한국어English",
    "case": "ǅ İstanbul ΣΑΣ STRASSE ıI",
    "llama prompt": "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST]",
    "control tokens": "<|im_start|>user\nHi <|im_end|>\n<s> a </s> b<|eot_id|>  c <|end|>   d <|endoftext|>e  <mask> f<unk>",
    "angle brackets": "a < b > c << d >> <e> </e> <unk > < s>",
}


def main():
    root = Path(sys.argv[1])
    lines = [f'  "texts": {json.dumps(TEXTS)}']
    for name in TOKENIZERS:
        tokenizer = Tokenizer.from_file(str(root / name / "tokenizer.json"))
        ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS.values()]
        lines.append(f'  "{name}": {json.dumps(ids, separators=(",", ":"))}')
    print("{\n" + ",\n".join(lines) + "\n}")


main()
