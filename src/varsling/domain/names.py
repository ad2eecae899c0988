"""Names of persons, folded so that no spelling loses a reservation (guarantee 11): doubt counts as reserved.

The folded forms are stored as blind indexes. A change of the folding requires indexing every reservation anew.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, groupby

# Letters that Unicode does not decompose, and letters with a common second spelling (Olav, Olaf; Meyer, Meier).
_LETTERS = str.maketrans("øæœđðŋŧþłıəcqwvzyj", "oaoddnttliakkffsii") | {ord("x"): "ks"}
# Spellings of one sound. The Sámi ŋ is also written ng; h is silent but at the beginning.
_VOWELS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ie", "i"))
_SILENT = re.compile("(?<=n)[gd]")
_SLURRED = re.compile("(?<=[bdfgkpt])er(?=[aeiou])")  # Frederiksen, Fredriksen
_SON = re.compile("(?<=..)s?(?:son|sen)$")  # Hansson, Hanson, Hansen
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
# Enough for any real name. A name of sixty words must not cost thousands of indexes.
_PAIRED_WORDS = 8
_JOINED_WORDS = 4


def family_names(name: str) -> frozenset[str]:
    """Give keys such that two spellings of one person's family name share at least one.

    Any word but the first can be a family name; before a comma, any word. Up to four words in a row also count as one
    (van der Berg, Vanderberg). Two shared words match in any order, since systems swap names. The result is empty if
    the family name is unknown: a single word may be a given name, and another script has no spelling in ours.
    """
    if _in_another_script(name):
        return frozenset()
    before, comma, _ = name.partition(",")
    words = _words(name)
    family = (comma and _words(before)) or words[1:]
    keys = {word for place, word in enumerate(family) if len(word) > 1 or place == len(family) - 1}
    keys |= {joined for joined, _ in _joined(family[:_PAIRED_WORDS])}
    keys |= {_pair(one, other) for one, other in combinations(set(words[:_PAIRED_WORDS]), 2)}
    keys |= {_pair(joined, other) for joined, others in _joined(words[:_PAIRED_WORDS]) for other in others}
    return frozenset(keys)


def _pair(one: str, other: str) -> str:
    return " ".join(sorted((one, other)))


def _joined(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Join words in a row, each with the words that are left: systems may swap the parts of a double name."""
    for start in range(len(words)):
        for end in range(start + 2, min(start + _JOINED_WORDS, len(words)) + 1):
            yield _fold("".join(words[start:end])), words[:start] + words[end:]


def _in_another_script(name: str) -> bool:
    """Tell whether a letter of the name is none of the Latin script."""
    return not name.isascii() and any(
        letter.isalpha() and not unicodedata.name(letter, "LATIN").startswith(("LATIN", "MODIFIER", "FEMININE", "MASC"))
        for letter in name
    )


def same_name(one: str, other: str) -> bool:
    """Tell whether two names have the same words, in any order and spelling."""
    return sorted(_words(one)) == sorted(_words(other))


def _words(name: str) -> list[str]:
    """Fold the words of a name. Accents are removed first: a detached accent would split the word."""
    letters = _APOSTROPHES.sub("", name).casefold()
    if not letters.isascii():
        letters = "".join(one for one in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(one))
    return [_fold(word) for word in _BETWEEN_WORDS.split(letters) if word]


def _fold(letters: str) -> str:
    folded = letters.translate(_LETTERS)
    folded = folded.replace("ph", "f")
    folded = folded[:1] + folded[1:].replace("h", "")
    for written, sound in _VOWELS:
        folded = folded.replace(written, sound)
    folded = _SILENT.sub("", folded).replace("ld", "l").replace("dt", "t")
    if "er" in folded:
        folded = _SLURRED.sub("r", folded)
    if folded.endswith("n"):
        folded = _SON.sub("sen", folded)
    return "".join(letter for letter, _ in groupby(folded))
