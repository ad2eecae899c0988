"""Names of persons, folded so that spelling never loses a reservation (guarantee 11): doubt counts as reserved.

The folded forms are stored, as blind indexes: whoever changes the folding must index every reservation anew.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise

# One letter for another: those that Unicode does not take apart, and those that names are also spelled with. The Sámi ŋ
# is also written ng.
_LETTERS = str.maketrans("øæœđðŋŧþłıəcqwz", "oaoddnttliakkvs") | {ord("x"): "ks"}
_TWO_FOR_ONE = ("ae", "oe", "ue", "ng", "th", "kh", "ph")
_DOUBLED = re.compile(r"(.)\1+")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
# Enough for any real name; a name of sixty words must not cost thousands of indexes.
_PAIRED_WORDS = 8


def family_names(name: str) -> frozenset[str]:
    """Keys of which one is shared by two spellings of what may be the same person's family name.

    Every word but the first can be a family name, or before a comma every word there. Words that stand together are
    also read as one. Two shared words match in any order, since systems turn names round. Empty where the family name
    cannot be known: a name of one word may be a given name.
    """
    before, comma, _ = name.partition(",")
    words = _words(name)
    family = (comma and _words(before)) or words[1:]
    keys = {word for place, word in enumerate(family) if len(word) > 1 or place == len(family) - 1}
    keys |= {_fold(one + other) for one, other in pairwise(family)}
    keys |= {_pair(one, other) for one, other in combinations(set(words[:_PAIRED_WORDS]), 2)}
    keys |= {_pair(joined, other) for joined, others in _joined(words[:_PAIRED_WORDS]) for other in others}
    return frozenset(keys)


def _pair(one: str, other: str) -> str:
    return " ".join(sorted((one, other)))


def _joined(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Two words that stand together read as one, with the words that are left: a double name may be turned round."""
    for place, (one, other) in enumerate(pairwise(words)):
        yield _fold(one + other), words[:place] + words[place + 2 :]


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same words, in any order and spelling."""
    return sorted(_words(one)) == sorted(_words(other))


def _words(name: str) -> list[str]:
    """The folded words. Accents go first: one that stands apart from its letter would part the word."""
    letters = _APOSTROPHES.sub("", name).casefold()
    if not letters.isascii():
        letters = "".join(one for one in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(one))
    return [_fold(word) for word in _BETWEEN_WORDS.split(letters) if word]


def _fold(letters: str) -> str:
    folded = _DOUBLED.sub(r"\1", letters.translate(_LETTERS))
    for two in _TWO_FOR_ONE:
        folded = folded.replace(two, two[0])
    return _DOUBLED.sub(r"\1", folded)
