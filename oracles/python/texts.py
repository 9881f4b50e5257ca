"""Texts that tokenizers and templates get wrong, the same for the same seed."""

import random

WORDS = "The quick brown fox jumps over lazy dogs; what IS it? I'm sure they'LL don't we've 3.14 1,000 naïve café Straße".split()
SCRIPTS = [
    "你好世界 这是一个测试。", "こんにちは、カタカナー テスト", "안녕하세요 세계", "Привет, как дела?", "Γειά σου Κόσμε ΟΔΥΣΣΕΥΣ", "שלום עולם",
    "مرحبا بالعالم ١٢٣", "नमस्ते दुनिया १२३", "สวัสดีชาวโลก", "ሰላም ልዑል", "Việt Nam tiếng", "ÀÉÎõü ŒÆøß İIıi", "ʕ•ᴥ•ʔ ʖ", "ⅣⅫ ½¾²³ ①②Ⓐ",
    "ﬁnance ﬂow Ｆｕｌｌ　ｗｉｄｔｈ", "e\u0301a\u0308o\u0323\u0302 \u0344\u0958", "\u1e9b\u0323 \u212b \u2126 \u3392", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚", "\U0001f1e9\U0001f1ea",
    "👩‍👩‍👧‍👦 🎿🏽 ❤️ 🙂", "\u200d\u200c\u200b\u2060\ufeff", "▁lower ▁▁ _", "Ġĉ âĢĿ", "##a ##ing", "<0x0A> <0xC3> <0xC3><0xA9>",
    "<s>hi</s> [CLS] <|endoftext|> <unk>", "a\u2028b\u2029c\x85d\x0be\x0cf", "\u3000\u00a0\u1680\u2003x", "\u061c\u0589\u0953\u30fc\u30fb",
    "\u0e01\u0e33 \u0ba8\u0bbf \u0915\u094d\u0937", "\ua7ce\u1c89 \U00016ea0\U0001e5d0 \U000323b0 \u1acf\U00010ec5", "\ue000\U000f0000\uffff",
]
ODD = ["\x00", "\x01", "\x07", "\x1b[0m", "\x7f", "\x80", "\x9f", "\t", "\n", "\r\n", "\r", "\n\n\n", "  ", "    ", " \n ", "\ufffd", "~", "\\", "{}", "'", "''"]
SURROGATES = ["\ud800", "\udc00x", "a\ud83d", "\udc00\ud800"]


def texts(seed, count=200):
    """Half are put together from all kinds, the others are one kind, runs, and noise of all planes."""
    chance = random.Random(seed)
    made = ["", " ", "a", "hello world", " hello", "Hello, World!\n"] + SCRIPTS + ODD + SURROGATES
    while len(made) < count:
        kind = chance.randrange(5)
        if kind == 0:
            made.append(" ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 12))))
        elif kind == 1:
            parts = [chance.choice([chance.choice(WORDS), chance.choice(SCRIPTS), chance.choice(ODD), " "]) for _ in range(chance.randrange(1, 10))]
            made.append(chance.choice(["", " "]).join(parts))
        elif kind == 2:
            made.append("".join(chr(noise(chance)) for _ in range(chance.randrange(1, 24))))
        elif kind == 3:
            made.append(chance.choice([" ", "a", "\n", "ab", "=", "é", "。", "9", "-", "!?", "\t", "🙂"]) * chance.randrange(2, 200))
        else:
            made.append("".join(chance.choice(SCRIPTS + ODD + SURROGATES + WORDS) for _ in range(chance.randrange(1, 5))))
    return made[:count]


def noise(chance):
    top = chance.choice([0x80, 0x250, 0x3000, 0x10000, 0x20000, 0x110000])
    while True:
        code = chance.randrange(1, top)
        if not 0xD800 <= code <= 0xDFFF:
            return code


def well_formed(text):
    """Lone surrogates as U+FFFD, which is what JavaScript makes of them in UTF-8."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
