"""The words of a page in each language, from files that a person can read and change without reading code."""

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from varsling.domain.language import AnswerLanguage


class WordsIncomplete(Exception):
    """A language lacks a text, has one too many, or one with other placeholders."""


@cache
def page_words(package: str, name: str) -> Mapping[AnswerLanguage, Mapping[str, str]]:
    """The texts of `texts/<name>.<language>.toml` in the package. Raises WordsIncomplete."""
    folder = resources.files(package) / "texts"
    read: dict[AnswerLanguage, dict[str, str]] = {
        language: tomllib.loads((folder / f"{name}.{language}.toml").read_text("utf-8")) for language in AnswerLanguage
    }
    first = {key: _placeholders(text) for key, text in read[AnswerLanguage.NB].items()}
    for language, texts in read.items():
        if {key: _placeholders(text) for key, text in texts.items()} != first or not all(texts.values()):
            raise WordsIncomplete(f"{name}.{language}")
    return MappingProxyType(read)


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
