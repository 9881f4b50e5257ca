"""Writes test/goldens/tokenizers.json: small tokenizers of every component with ids and decoded texts of the crate.

    python test/goldens/make/tokenizer_files.py > test/goldens/tokenizers.json

Made with Python 3.11, tokenizers 0.23.3, sentencepiece 0.2.3. Exact: no tolerance. The first ones are written out below, each about one
thing; the others are put together at random (oracles/python/made_tokenizers.py), which trains them anew: other vocabularies each time.
"""

import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../oracles/python"))

import sentencepiece  # noqa: E402
from sentencepiece import sentencepiece_model_pb2 as spm_format  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

import made_tokenizers  # noqa: E402
from texts import texts, well_formed  # noqa: E402

SEEDS = range(40)
TEXTS = ["What is it?", " so  be   it", "x\n\ny", "x\n\n\ny", "a 日🙂", "USER: what\nis it", "naïve", "ab12 3,4²", "<s> a </s>b", "cat cats <cat>", "\ufeff<s>\ufeffa\x85<s> b", "it's ÀÉ ẞ"]
BYTES = {f"<0x{byte:02X}>": byte + 3 for byte in range(256)}
LETTERS = list("abcdeghinrstuxyWUSER:?,' \n▁日é1234")


def file(model, added=(), **parts):
    """A tokenizer.json; `added` are (content, flags)."""
    vocabulary = model["vocab"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    tokens = [{"id": len(vocabulary) + index, "content": content, **flags, **own} for index, (content, own) in enumerate(added)]
    empty = {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, **empty, **parts, "model": model}


def bpe(tokens=(), merges=(), **flags):
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(LETTERS + list(tokens)))}
    return {"type": "BPE", "vocab": vocabulary, "merges": [list(merge) for merge in merges], **flags}


def fallback_bpe(**flags):
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, **BYTES}
    for letter in LETTERS[:20] + ["▁", "▁a", "ab"]:
        vocabulary.setdefault(letter, len(vocabulary))
    return {"type": "BPE", "vocab": vocabulary, "merges": [["▁", "a"], ["a", "b"]], "unk_token": "<unk>", **flags}


def unigram(**flags):
    pieces = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0]] + [[token, 0.0] for token in BYTES]
    pieces += [[piece, -2.0 - index / 7] for index, piece in enumerate(["▁", "▁what", "is", "▁is", "it", "USER", ":", "na", "ve", "a", "b", "x", "y", "▁i", "t"])]
    return {"type": "Unigram", "unk_id": 0, "vocab": pieces, **flags}


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


MERGED = bpe(["is", "it", "it?", " i", " is", " it", "is ", "What", "  ", "   ", "\n\n", "xy"], [("i", "s"), ("i", "t"), ("it", "?"), (" ", "i"), (" ", "is"), (" ", "it"), ("is", " "), (" ", " "), ("  ", " "), ("\n", "\n"), ("x", "y")])
METASPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
SENTENCE_PIECE_DECODER = {
    "type": "Sequence",
    "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}],
}
SPACE, PUNCTUATION = {"String": " "}, {"Regex": "\\?"}
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"

NAMED = {
    **{f"split {behavior}": file(MERGED, pre_tokenizer=split(SPACE, behavior)) for behavior in made_tokenizers.BEHAVIORS},
    **{f"split inverted {behavior}": file(MERGED, pre_tokenizer=split({"Regex": r"\w+"}, behavior, True)) for behavior in made_tokenizers.BEHAVIORS},
    **{f"punctuation {behavior}": file(MERGED, pre_tokenizer={"type": "Punctuation", "behavior": behavior}) for behavior in made_tokenizers.BEHAVIORS},
    "possessive quantifiers": file(MERGED, pre_tokenizer=split({"Regex": CL100K}, "Isolated")),
    "atomic group": file(MERGED, pre_tokenizer=split({"Regex": "(?>i|is)t?"}, "Isolated")),
    "digits": file(bpe(["12"], [("1", "2")]), pre_tokenizer={"type": "Digits", "individual_digits": False}),
    "digits one by one": file(bpe(["12"], [("1", "2")]), pre_tokenizer={"type": "Digits", "individual_digits": True}),
    "unigram with byte fallback": file(unigram(byte_fallback=True), pre_tokenizer=METASPACE, decoder=SENTENCE_PIECE_DECODER),
    "unigram without": file(unigram(byte_fallback=False), pre_tokenizer=METASPACE, decoder=SENTENCE_PIECE_DECODER),
    **{
        f"metaspace {scheme} {kept}": file(fallback_bpe(byte_fallback=True), [("<s>", {})], pre_tokenizer={**METASPACE, "prepend_scheme": scheme, "split": kept}, decoder=SENTENCE_PIECE_DECODER)
        for scheme in ("first", "never", "always")
        for kept in (True, False)
    },
    "byte fallback": file(fallback_bpe(byte_fallback=True, fuse_unk=True), decoder=SENTENCE_PIECE_DECODER),
    "unknown fused": file(fallback_bpe(byte_fallback=False, fuse_unk=True), decoder=SENTENCE_PIECE_DECODER),
    "unknown one by one": file(fallback_bpe(byte_fallback=False, fuse_unk=False), decoder=SENTENCE_PIECE_DECODER),
    "single words": file(MERGED, [("cat", {"single_word": True}), ("is", {"single_word": True, "special": False})]),
    "stripping tokens": file(MERGED, [("<s>", {"lstrip": True, "rstrip": True}), ("</s>", {"rstrip": True})]),
    "normalised tokens": file(MERGED, [("CAT", {"normalized": True}), ("IT", {"special": False})], normalizer={"type": "Lowercase"}),
    "written where the first character was": file(
        fallback_bpe(byte_fallback=True),
        [("<s>", {})],
        normalizer={"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"Regex": "^[Wx]"}, "content": ""}, {"type": "Replace", "pattern": {"Regex": "^"}, "content": "b"}]},
        pre_tokenizer=METASPACE,
    ),
    "tokens of which normalization leaves nothing": file(
        MERGED, [("cat", {"normalized": True, "lstrip": True}), ("<s>", {})], normalizer={"type": "Replace", "pattern": {"Regex": r"\w+"}, "content": ""}
    ),
    "strip": file(MERGED, [("<s>", {})], normalizer={"type": "Strip", "strip_left": True, "strip_right": True}),
    **{form: file(MERGED, normalizer={"type": form}) for form in ("NFC", "NFD", "NFKC", "NFKD")},
    "dollar in content": file(MERGED, normalizer={"type": "Replace", "pattern": {"Regex": r"(\w)\1"}, "content": "$1$&"}),
    "subword prefix and word end": file(bpe(["##" + letter for letter in LETTERS] + [letter + "</w>" for letter in LETTERS] + ["it", "##t</w>", "is", "##s</w>"], [("i", "##t"), ("i", "##s")], continuing_subword_prefix="##", end_of_word_suffix="</w>"), pre_tokenizer={"type": "WhitespaceSplit"}, decoder={"type": "BPEDecoder", "suffix": "</w>"}),
    "merges ignored": file({**MERGED, "merges": [], "ignore_merges": True}, pre_tokenizer=split(SPACE, "Isolated")),
    "colliding ids": file(MERGED, [("it", {"special": False}), ("~x", {}), ("~y", {})]),
    "whitespace": file({"type": "WordLevel", "vocab": {"<unk>": 0, "What": 1, "is": 2, "it": 3, "?": 4, "naïve": 5}, "unk_token": "<unk>"}, pre_tokenizer={"type": "Whitespace"}),
}


def charsmap():
    """A small table of SentencePiece's: two graphemes and a few characters."""
    rules = "/tmp/langbridge-rules.tsv"
    with open(rules, "w", encoding="utf-8") as table:
        table.write("65 301\tE9\nD\tA\n2003\t20\nAB\t22\n1F642\t3A 29\n9\t\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c"]), model_writer=model, vocab_size=10, hard_vocab_limit=False, normalization_rule_tsv=rules, minloglevel=2)
    os.remove(rules)
    return spm_format.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap


def attempt(work):
    try:
        return work()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def golden(name, made, asked):
    tokenizer = Tokenizer.from_str(json.dumps(made))
    ids = [attempt(lambda: tokenizer.encode(well_formed(text), add_special_tokens=False).ids) for text in asked]
    backwards = [list(reversed(each)) for each in ids if each]
    return {
        "name": name,
        "file": made,
        "texts": asked,
        "ids": ids,
        "decoded": [None if each is None else attempt(lambda: tokenizer.decode(each)) for each in ids],
        "backwards": [attempt(lambda: tokenizer.decode(each)) for each in backwards],
    }


made_tokenizers.charsmap = lambda _: __import__("base64").b64encode(charsmap()).decode()
goldens = [golden(name, made, TEXTS) for name, made in NAMED.items()]
for seed in SEEDS:
    made = attempt(lambda: made_tokenizers.make_tokenizer(seed, small=True))
    if made is not None:
        goldens.append(golden(f"made {seed}", made, texts(seed, 50)))
print("[" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in goldens) + "]")
