"""Texts in several languages, from TOML files that a person can read and change without reading code.

All files of a set have the same keys with the same placeholders. What is missing is found when the set is loaded.
"""

import string
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeVar

Spoken = TypeVar("Spoken", bound=StrEnum)
Entry = str | tuple[str, ...]
Entries = Mapping[str, Entry]


class TextsIncomplete(Exception):
    """A file lacks a text or a placeholder, or has one too many; the message names each fault."""


def load_texts(
    folder: Traversable,
    languages: Iterable[Spoken],
    *,
    prefix: str = "",
    required: Collection[str] = (),
    exact: bool = False,
    prepare: Callable[[str], str] = str,
) -> Mapping[Spoken, Entries]:
    """By language: the texts of `<prefix><language>.toml`, by dotted key.

    `required` keys must be there; with `exact` no others may. `prepare` is applied to every text. The first language
    decides what placeholders and lists the others have. Raises TextsIncomplete.
    """
    raw: dict[Spoken, dict[str, Entry]] = {}
    for language in languages:
        file = folder / f"{prefix}{language}.toml"
        if not file.is_file():
            raise TextsIncomplete(f"{file.name} is missing")
        raw[language] = dict(_flat(tomllib.loads(file.read_text("utf-8")), prepare))
    if faults := [*_faults(raw, prefix, frozenset(required), exact=exact)]:
        raise TextsIncomplete("\n".join(faults))
    return MappingProxyType({language: MappingProxyType(entries) for language, entries in raw.items()})


def text_of(entries: Entries, key: str) -> str:
    """Give the text of a key that is no list."""
    entry = entries[key]
    if not isinstance(entry, str):
        raise TypeError(f"{key} is a list")
    return entry


def part(entries: Entries, name: str) -> dict[str, str]:
    """Give the texts of one table, by the last part of their keys."""
    return {key.removeprefix(f"{name}."): text_of(entries, key) for key in entries if key.startswith(f"{name}.")}


def _flat(table: Mapping[str, object], prepare: Callable[[str], str], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(value, prepare, f"{key}.")
        elif isinstance(value, list):
            yield key, tuple(prepare(item) for item in value)
        else:
            yield key, prepare(str(value))


def _faults(raw: Mapping[Spoken, Entries], prefix: str, required: frozenset[str], *, exact: bool) -> Iterator[str]:
    wanted = required if exact else required.union(*raw.values())
    model = next(iter(raw.values()))
    for language, entries in raw.items():
        file = f"{prefix}{language}.toml"
        yield from (f"{file}: {key} is missing" for key in sorted(wanted - entries.keys()))
        yield from (f"{file}: {key} is one too many" for key in sorted(entries.keys() - wanted))
        for key, entry in entries.items():
            if (fault := _fault(entry, model.get(key, entry))) is not None:
                yield f"{file}: {key} {fault}"


def _fault(entry: Entry, model: Entry) -> str | None:
    """Find the fault of a text. `model` is the text of its key in the first language."""
    if not entry or not all(_items(entry)):
        return "is empty"
    if any(item.count("**") % 2 for item in _items(entry)):
        return "has a bold text that does not end"
    if _placeholders(entry) != _placeholders(model):
        return "has other placeholders than the first language"
    if isinstance(entry, tuple) is not isinstance(model, tuple) or len(_items(entry)) != len(_items(model)):
        return "has not as many texts as in the first language"
    return None


def _items(entry: Entry) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else entry


def _placeholders(entry: Entry) -> set[str]:
    fields = (field for item in _items(entry) for field in string.Formatter().parse(item))
    return {name for _, name, _, _ in fields if name is not None}
