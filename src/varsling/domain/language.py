"""The languages of answers to systems. Tenants' letters have more languages (`letters`)."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

Spoken = TypeVar("Spoken", bound=StrEnum)


class AnswerLanguage(StrEnum):
    NB = "nb"
    NN = "nn"
    EN = "en"


_TAGS = {language.value: language for language in AnswerLanguage} | {
    "*": AnswerLanguage.NB,
    "no": AnswerLanguage.NB,
    "nob": AnswerLanguage.NB,
    "nno": AnswerLanguage.NN,
    "eng": AnswerLanguage.EN,
}


@lru_cache(maxsize=256)
def answer_language(accept_language: str | None) -> AnswerLanguage:
    """Choose the best language for an `Accept-Language` header (RFC 9110 § 12.5.4).

    Without a header it is bokmål, since callers are Norwegian systems. It is English for a caller who asks only for
    languages that the service lacks.
    """
    if accept_language is None or not accept_language.strip():
        return AnswerLanguage.NB
    return best_language(accept_language, _TAGS) or AnswerLanguage.EN


def best_language(accept_language: str, known: Mapping[str, Spoken]) -> Spoken | None:
    """Choose the known language that the header prefers, by primary tags. None if it names no known language."""
    best, best_weight = None, 0.0
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        language = known.get(tag.strip().lower().partition("-")[0])
        weight = _weight(parameters)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
