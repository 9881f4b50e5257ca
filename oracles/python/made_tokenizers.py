"""Tokenizers of every component of the crate, put together at random and trained on the texts they are asked about."""

import base64
import functools
import io
import json
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as spm_format
from tokenizers import Tokenizer, models, trainers

from texts import texts, well_formed

PATTERNS = [
    r"\s+", r"\w+", r"[^\w\s]+", r"\d", r"\p{N}{1,3}", r"\p{L}+", r"[[:punct:]]+", r"\b", r"(?=[A-Z])", r"(?<=\s)\S+", r"\s+(?!\S)|\s+",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[一-龥぀-ゟ゠-ヿ]+", r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]+", r"(?>a+)b?|x", r"(\w)\1", r"\A\s|\s\z", r"^.", r".$", r"\h+",
    r"[\p{Han}\p{Hiragana}]", r"\p{Emoji}", r"\p{^L}", r"[^[:alpha:]]", r"[a-z&&[^aeiou]]+", r"(?m:.)+?", r"\R", r"\X?a", r"x*",
    r"[\s\w]", r"\W+", r"\B", r"(?<![\p{L}])\p{Ll}", r" {2,}", r"e|é", r"\u00e9|\x61", r"\p{Alphabetic}+", r"[[:upper:]][[:lower:]]*", r"\S",
    r"(?x) a  b # comment", r"[\d\p{P}]+", r"(?<n>l)\k<n>", r"(?:(?:a|b)c?){1,2}", r"\p{Script=Latin}", r"\p{Sc}|\p{Sm}", r"[^\n]+|\n",
]
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


@functools.lru_cache
def charsmap(rule):
    """SentencePiece's own table of a normalization rule."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c"]), model_writer=model, vocab_size=10, hard_vocab_limit=False, normalization_rule_name=rule, minloglevel=2
    )
    table = spm_format.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap
    return base64.b64encode(table).decode()


def pattern(chance):
    if chance.random() < 0.3:
        return {"String": chance.choice([" ", "a", ".", "ab", "é", "\n", "  ", "▁", "th", "("])}
    return {"Regex": chance.choice(PATTERNS)}


def flag(chance):
    return chance.random() < 0.5


def normalizer(chance, depth=0):
    kind = chance.choice(
        ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "Strip", "Prepend", "Replace", "Replace", "BertNormalizer", "ByteLevel", "Precompiled"]
        + ([] if depth else ["Sequence"] * 8)
    )
    made = {"type": kind}
    if kind == "Strip":
        made.update(strip_left=flag(chance), strip_right=flag(chance))
    elif kind == "Prepend":
        made["prepend"] = chance.choice(["▁", " ", "ab"])
    elif kind == "Replace":
        made.update(pattern=pattern(chance), content=chance.choice(["", " ", "▁", "$&", "xy", "$1"]))
    elif kind == "BertNormalizer":
        made.update(clean_text=flag(chance), handle_chinese_chars=flag(chance), strip_accents=chance.choice([None, True, False]), lowercase=flag(chance))
    elif kind == "Precompiled":
        made["precompiled_charsmap"] = charsmap(chance.choice(["nmt_nfkc", "nfkc", "nmt_nfkc_cf"]))
    elif kind == "Sequence":
        made["normalizers"] = [normalizer(chance, 1) for _ in range(chance.randrange(1, 4))]
    return made


def pre_tokenizer(chance, depth=0):
    kind = chance.choice(
        ["Split", "Split", "Split", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit", "CharDelimiterSplit", "BertPreTokenizer", "ByteLevel",
         "Metaspace", "Metaspace", "UnicodeScripts", "FixedLength"] + ([] if depth else ["Sequence"] * 8)
    )
    made = {"type": kind}
    if kind == "Split":
        made.update(pattern=pattern(chance), behavior=chance.choice(BEHAVIORS), invert=chance.random() < 0.3)
    elif kind == "Digits":
        made["individual_digits"] = flag(chance)
    elif kind == "Punctuation":
        made["behavior"] = chance.choice(BEHAVIORS)
    elif kind == "CharDelimiterSplit":
        made["delimiter"] = chance.choice([" ", "e", "é", "🙂"])
    elif kind == "ByteLevel":
        made.update(add_prefix_space=flag(chance), trim_offsets=flag(chance), use_regex=flag(chance))
    elif kind == "Metaspace":
        made.update(replacement=chance.choice(["▁", "▁", "_"]), prepend_scheme=chance.choice(["first", "never", "always"]), split=flag(chance))
    elif kind == "FixedLength":
        made["length"] = chance.randrange(1, 6)
    elif kind == "Sequence":
        made["pretokenizers"] = [pre_tokenizer(chance, 1) for _ in range(chance.randrange(1, 4))]
    return made


def decoder(chance, depth=0):
    kind = chance.choice(
        ["ByteLevel", "ByteFallback", "Fuse", "Replace", "Strip", "Metaspace", "WordPiece", "BPEDecoder", "CTC"] + ([] if depth else ["Sequence"] * 8)
    )
    made = {"type": kind}
    if kind == "ByteLevel":
        made.update(add_prefix_space=True, trim_offsets=True, use_regex=True)
    elif kind == "Replace":
        made.update(pattern=pattern(chance), content=chance.choice(["", " ", "$&"]))
    elif kind == "Strip":
        made.update(content=chance.choice([" ", "a", "▁"]), start=chance.randrange(3), stop=0)
    elif kind == "Metaspace":
        made.update(replacement="▁", prepend_scheme=chance.choice(["first", "never", "always"]), split=flag(chance))
    elif kind == "WordPiece":
        made.update(prefix=chance.choice(["##", "@@"]), cleanup=flag(chance))
    elif kind == "BPEDecoder":
        made["suffix"] = "</w>"
    elif kind == "CTC":
        made.update(pad_token=chance.choice(["<pad>", "a"]), word_delimiter_token=chance.choice(["|", "▁"]), cleanup=flag(chance))
    elif kind == "Sequence":
        made["decoders"] = [decoder(chance, 1) for _ in range(chance.randrange(1, 5))]
    return made


def added_tokens(chance, vocabulary):
    contents = ["<s>", "</s>", "<|x|>", "[MASK]", "hello", "The", "é", " ab", "<|endoftext|>", "in", "🙂", "E\u0301", "ab", "a"]
    size = len(vocabulary)
    return [
        {"id": size + index + chance.choice([0, 0, 0, 5]), "content": content, "single_word": flag(chance) and flag(chance), "lstrip": flag(chance) and flag(chance),
         "rstrip": flag(chance) and flag(chance), "normalized": flag(chance), "special": flag(chance)}
        for index, content in enumerate(chance.sample(contents, chance.randrange(0, 6)))
    ]


def trained(chance, parts, small):
    """A model trained on the texts; its flags are set afterwards, since the trainers know some of them only."""
    kind = chance.choice(["BPE", "BPE", "BPE", "Unigram", "Unigram", "WordPiece", "WordLevel"])
    corpus = [well_formed(text) for text in texts(chance.randrange(1000), 40 if small else 150)]
    special = ["<unk>"] if flag(chance) or kind in ("Unigram", "WordLevel", "WordPiece") else []
    special += [f"<0x{byte:02X}>" for byte in range(256)] if flag(chance) and not small else []
    size = len(special) + (60 if small else chance.choice([60, 300, 900]))
    affixes = {}
    if kind == "BPE":
        if chance.random() < 0.2:
            affixes["continuing_subword_prefix"] = "##"
        if chance.random() < 0.2:
            affixes["end_of_word_suffix"] = "</w>"
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>" if "<unk>" in special else None))
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, limit_alphabet=40 if small else chance.choice([40, 400]), **affixes)
    elif kind == "Unigram":
        tokenizer = Tokenizer(models.Unigram())
        trainer = trainers.UnigramTrainer(vocab_size=size + (440 if small else 1200), special_tokens=special, unk_token="<unk>", show_progress=False, n_sub_iterations=1)
    elif kind == "WordPiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False, limit_alphabet=40 if small else chance.choice([40, 400]))
    else:
        tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
        trainer = trainers.WordLevelTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    plain = json.loads(tokenizer.to_str())
    plain.update(parts)
    tokenizer = Tokenizer.from_str(json.dumps({**plain, "added_tokens": []}))
    tokenizer.train_from_iterator(corpus, trainer)
    made = json.loads(tokenizer.to_str())["model"]
    if kind == "BPE":
        made.update(affixes, fuse_unk=flag(chance), byte_fallback=flag(chance), ignore_merges=flag(chance))
        made["unk_token"] = "<unk>" if "<unk>" in special and flag(chance) else None
        if flag(chance):
            made["merges"] = [" ".join(merge) if not any(" " in piece for piece in merge) else merge for merge in made["merges"]]
            if any(not isinstance(merge, str) for merge in made["merges"]):
                made["merges"] = [merge.split(" ") if isinstance(merge, str) else merge for merge in made["merges"]]
    elif kind == "Unigram":
        made["byte_fallback"] = flag(chance)
    elif kind == "WordPiece":
        made["max_input_chars_per_word"] = chance.choice([100, 5])
    return made


def make_tokenizer(seed, small=False):
    chance = random.Random(seed)
    parts = {
        "normalizer": normalizer(chance) if chance.random() < 0.7 else None,
        "pre_tokenizer": pre_tokenizer(chance) if chance.random() < 0.85 else None,
        "decoder": decoder(chance) if chance.random() < 0.9 else None,
        "post_processor": None,
    }
    model = trained(chance, parts, small)
    vocabulary = model["vocab"]
    added = added_tokens(chance, vocabulary)
    if parts["normalizer"] is not None:
        # Of two tokens that are the same when normalised the crate takes either, by chance.
        normalize = Tokenizer.from_str(json.dumps({"version": "1.0", "added_tokens": [], **parts, "model": model})).normalizer.normalize_str
        spellings = [normalize(token["content"]) if token["normalized"] else token["content"] for token in added]
        added = [token for index, token in enumerate(added) if spellings[index] not in spellings[:index]]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, **parts, "model": model}
