"""Writes src/tokenizer/unicode-tables.ts: which characters the crate `tokenizers` knows, and as what.

The crate has tables of several Unicode versions in it: Oniguruma's (16), unicode_categories' (8) and
unicode-normalization-alignments' (9). JavaScript has those of its engine, so the crate is asked about every code point.
The characters that are newer than Unicode 9 come from DerivedAge.txt of Unicode 16 (or a later one):

    python unicode_tables.py DerivedAge.txt > ../../../src/tokenizer/unicode-tables.ts

Made with tokenizers 0.23.3.
"""

import sys

from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [code for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF]
BLOCK = 4000
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def cut_out(pre_tokenizer):
    """The characters that become a piece of their own between two letters."""
    found = []
    for at in range(0, len(CODE_POINTS), BLOCK):
        block = CODE_POINTS[at : at + BLOCK]
        spans = pre_tokenizer.pre_tokenize_str("".join("a" + chr(code) for code in block) + "a")
        alone = {start for _, (start, end) in spans if end - start == 1}
        found += [code for index, code in enumerate(block) if 2 * index + 1 in alone]
    return found


def removed(normalizer):
    """The characters of which a normalizer leaves nothing."""
    return [code for code in CODE_POINTS if normalizer.normalize_str("a" + chr(code) + "b") == "ab"]


def newer_than_unicode_9(path):
    found = []
    for line in open(path, encoding="utf-8"):
        fields = line.split("#")[0].split(";")
        if len(fields) != 2:
            continue
        first, _, last = fields[0].strip().partition("..")
        if float(fields[1]) > 9:
            found += range(int(first, 16), int(last or first, 16) + 1)
    return sorted(found)


def in_base_36(number):
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"


def encode(codes):
    """Gaps and lengths of the ranges, in base 36: "gap+length gap+length", a length of 1 left out."""
    ranges = []
    for code in codes:
        if ranges and ranges[-1][1] + 1 == code:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    end, words = 0, []
    for first, last in ranges:
        words.append(in_base_36(first - end) + (f"+{in_base_36(last - first + 1)}" if last > first else ""))
        end = last + 1
    return " ".join(words)


TABLES = {
    "PUNCTUATION": ("Punctuation of Unicode 8 and of ASCII.", cut_out(pre_tokenizers.Punctuation())),
    "NON_SPACING_MARKS": (
        "Category Mn of Unicode 8.",
        removed(normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)),
    ),
    "COMBINING_MARKS": ("Category M of Unicode 9.", removed(normalizers.StripAccents())),
    "CONTROLS": (
        "What BERT's clean-up removes: controls, formats, private use and U+FFFD.",
        removed(normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)),
    ),
    "UNASSIGNED": (
        "Unassigned in Unicode 16, Oniguruma's version.",
        cut_out(pre_tokenizers.Split(Regex(r"\p{Cn}"), "isolated")),
    ),
    "NEWER_THAN_NORMALIZER": ("Assigned after Unicode 9, whose normal forms the crate knows.", newer_than_unicode_9(sys.argv[1])),
}

print("// Written by test/goldens/make/unicode_tables.py: gaps and lengths of ranges of code points, in base 36.")
for name, (comment, codes) in TABLES.items():
    print(f"\n/** {comment} */\nexport const {name} =\n  \"{encode(codes)}\";")
