"""The words of the letters: one TOML file a language, checked when loaded.

All files have the same keys with the same placeholders, a text for every ground, reason and kind of letter. Text
between `**` is bold. The stars are read before values go in, so no value can make anything bold.
"""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import GroundCode
from varsling.domain.tenant import CallTime, DisputeReason, MisuseKind, PageState
from varsling.letters.content import Language, SecondKind
from varsling.letters.formats import NO_BREAK, Formats
from varsling.settings import OperatorKind

Run = tuple[bool, str]
Entry = str | tuple[str, ...]

# Languages of the box on the first page (LAW: English, Polish, Ukrainian, Lithuanian, Somali, North Sámi).
BOX_LANGUAGES = ("en", "pl", "uk", "lt", "so", "se")
# A reservation may be another tenant's; the wrong person gets a letter of her own.
TOLD_REASONS = (*SettlementReason, WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_AMOUNT)
# What a tenant is written to again about, and what an office without an integration is.
TO_TENANTS = tuple(kind for kind in SecondKind if kind not in (SecondKind.WANTS_CALL, SecondKind.DISPUTES))
TO_OFFICES = (
    SecondKind.SETTLED,
    SecondKind.WITHDRAWN,
    SecondKind.WRONG_PERSON,
    SecondKind.WANTS_CALL,
    SecondKind.DISPUTES,
)

_REQUIRED = frozenset(
    [f"ground.{ground}" for ground in GroundCode]
    + [f"copy.next.{ground}" for ground in GroundCode]
    + [f"copy.{part}.{ground}.heading" for part in ("owed", "do") for ground in GroundCode]
    + [f"copy.owed.{ground}.text" for ground in GroundCode]
    + [f"copy.do.{ground}.items" for ground in GroundCode]
    + [f"copy.basis.{kind}" for kind in OperatorKind]
    + [f"second.{kind}.{part}" for kind in TO_TENANTS for part in ("heading", "text", "then")]
    + [f"second.reason.{reason}" for reason in TOLD_REASONS]
    + [f"office_second.{kind}.{part}" for kind in TO_OFFICES for part in ("heading", "text", "then")]
    + [f"office_second.reason.{reason}" for reason in TOLD_REASONS]
    + [f"page.state.{state}" for state in PageState]
    + [f"page.call.{time}" for time in CallTime]
    + [f"page.disagree.reason.{reason}" for reason in DisputeReason]
    + [f"page.report.kind.{kind}" for kind in MisuseKind]
)


class TextsIncomplete(Exception):
    """A text file lacks a language, a key, a ground or a placeholder; the message names each."""


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's words, by dotted key."""

    language: Language
    formats: Formats
    entries: Mapping[str, Entry]

    def line(self, key: str, **values: str) -> str:
        """A text with its values, as one plain string."""
        return "".join(words for _, words in self.runs(key, **values))

    def runs(self, key: str, **values: str) -> list[Run]:
        """A text with its values, cut into bold and plain runs."""
        entry = self.entries[key]
        if not isinstance(entry, str):
            raise TypeError(f"{key} is a list")
        return _runs(entry, values)

    def several(self, key: str, **values: str) -> list[list[Run]]:
        """The paragraphs or points of a list, each in runs."""
        entry = self.entries[key]
        if isinstance(entry, str):
            raise TypeError(f"{key} is no list")
        return [_runs(item, values) for item in entry]


def _runs(template: str, values: Mapping[str, str]) -> list[Run]:
    parts = template.split("**")
    return [(index % 2 == 1, part.format_map(values)) for index, part in enumerate(parts) if part]


@cache
def texts(language: Language) -> Texts:
    """The words of a language. Raises TextsIncomplete at the first use if any language's are not whole."""
    return _all_texts()[language]


@cache
def box() -> tuple[tuple[str, str, str], ...]:
    """The box of languages: for each its tag, its own name, and what it says."""
    content = tomllib.loads((_folder() / "box.toml").read_text("utf-8"))
    if tuple(content) != BOX_LANGUAGES:
        raise TextsIncomplete(f"box.toml has {', '.join(content)}; it needs {', '.join(BOX_LANGUAGES)}")
    return tuple((tag, row["name"], _unbroken(row["text"])) for tag, row in content.items())


@cache
def _all_texts() -> Mapping[Language, Texts]:
    return load(_folder())


def _folder() -> Traversable:
    return resources.files("varsling.letters") / "texts"


def load(folder: Traversable) -> Mapping[Language, Texts]:
    """Reads and checks the files of a folder."""
    raw = {}
    for language in Language:
        file = folder / f"{language}.toml"
        if not file.is_file():
            raise TextsIncomplete(f"{language}.toml is missing")
        raw[language] = dict(_flat(tomllib.loads(file.read_text("utf-8"))))
    if faults := [*_faults(raw)]:
        raise TextsIncomplete("\n".join(faults))
    return MappingProxyType({language: _texts(language, entries) for language, entries in raw.items()})


def _texts(language: Language, entries: Mapping[str, Entry]) -> Texts:
    def pattern(name: str) -> str:
        return str(entries[f"format.{name}"])

    formats = Formats(
        months=tuple(entries["format.months"]),
        day_pattern=pattern("date"),
        money_pattern=pattern("amount"),
        thousands=pattern("thousands"),
        decimal=pattern("decimal"),
        separator=pattern("separator"),
    )
    return Texts(language, formats, MappingProxyType(dict(entries)))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        elif isinstance(value, list):
            yield key, tuple(_unbroken(item) for item in value)
        else:
            yield key, _unbroken(str(value))


def _unbroken(text: str) -> str:
    """Telephone numbers, paragraph signs and their numbers stay on one line."""
    return re.sub(r"(?<=\d) (?=\d)|(?<=§) ", NO_BREAK, text)


def _faults(raw: Mapping[Language, Mapping[str, Entry]]) -> Iterator[str]:
    wanted = _REQUIRED.union(*raw.values())
    for language, entries in raw.items():
        for key in sorted(wanted - entries.keys()):
            yield f"{language}.toml: {key} is missing"
        for key, entry in entries.items():
            if not entry or (isinstance(entry, tuple) and not all(entry)):
                yield f"{language}.toml: {key} is empty"
            elif any(text.count("**") % 2 for text in _parts(entry)):
                yield f"{language}.toml: {key} has a bold text that does not end"
            other = raw[Language.NB].get(key, entry)
            if _placeholders(entry) != _placeholders(other):
                yield f"{language}.toml: {key} has other placeholders than nb.toml"
            if isinstance(entry, tuple) is not isinstance(other, tuple) or len(_parts(entry)) != len(_parts(other)):
                yield f"{language}.toml: {key} has not as many texts as in nb.toml"


def _parts(entry: Entry) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else entry


def _placeholders(entry: Entry) -> set[str]:
    fields = (field for part in _parts(entry) for field in string.Formatter().parse(part))
    return {name for _, name, _, _ in fields if name is not None}
