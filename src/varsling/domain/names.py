"""Names of persons, folded so that no spelling loses a reservation (guarantee 11): doubt counts as reserved.

The folded forms are stored as blind indexes. A change of the folding requires indexing every reservation anew.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, pairwise

# Letters that Unicode does not decompose, and letters with a common second spelling. The Sámi ŋ is also written ng.
_LETTERS = str.maketrans("øæœđðŋŧþłıəcqwz", "oaoddnttliakkvs") | {ord("x"): "ks"}
_TWO_FOR_ONE = ("ae", "oe", "ue", "ng", "th", "kh", "ph")
_DOUBLED = re.compile(r"(.)\1+")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
# Enough for any real name. A name of sixty words must not cost thousands of indexes.
_PAIRED_WORDS = 8


def family_names(name: str) -> frozenset[str]:
    """Give keys such that two spellings of one person's family name share at least one.

    Any word but the first can be a family name; before a comma, any word. Adjacent words also count as one. Two shared
    words match in any order, since systems swap names. The result is empty if the family name is unknown: a single word
    may be a given name.
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
    """Join adjacent words pairwise, each with the words that are left: systems may swap the parts of a double name."""
    for place, (one, other) in enumerate(pairwise(words)):
        yield _fold(one + other), words[:place] + words[place + 2 :]


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
    folded = _DOUBLED.sub(r"\1", letters.translate(_LETTERS))
    for two in _TWO_FOR_ONE:
        folded = folded.replace(two, two[0])
    return _DOUBLED.sub(r"\1", folded)
