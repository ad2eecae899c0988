"""The words of letters: one TOML file for each language, checked when loaded.

All files have the same keys with the same placeholders, and a text for every ground, reason and kind of letter. Text
between `**` is bold. The stars are read before values go in, so no value can make anything bold.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import BreachKind, ContactOutcome, GroundCode
from varsling.domain.policies import OperatorKind
from varsling.domain.tenant import CallTime, Consent, DisputeReason, MisuseKind, PageState, Wish
from varsling.domain.texts import Entry, TextsIncomplete, load_texts
from varsling.letters.content import CopyNews, Language, SecondKind
from varsling.letters.formats import NO_BREAK, Formats

Run = tuple[bool, str]

# Languages of the box on the first page (LAW: English, Polish, Ukrainian, Lithuanian, Somali, North Sámi).
BOX_LANGUAGES = ("en", "pl", "uk", "lt", "so", "se")
# The reason may be another tenant's reservation. The wrong person gets a letter of her own kind.
TOLD_REASONS = (*SettlementReason, WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_AMOUNT)
REASONS_OF: Mapping[SecondKind, tuple[SettlementReason | WithdrawalReason | None, ...]] = {
    SecondKind.SETTLED: tuple(SettlementReason),
    SecondKind.WITHDRAWN: (WithdrawalReason.MISTAKE, WithdrawalReason.WRONG_AMOUNT),
}
# The kinds of second letter to offices without an integration, and to tenants.
TO_OFFICES = (
    SecondKind.SETTLED,
    SecondKind.WITHDRAWN,
    SecondKind.WRONG_PERSON,
    SecondKind.LAPSED,
    SecondKind.TENANT_REMOVED,
    SecondKind.WANTS_CALL,
    SecondKind.DISPUTES,
    SecondKind.WISHES,
    SecondKind.CONSENTS,
)
_STATEMENTS = (SecondKind.WANTS_CALL, SecondKind.DISPUTES, SecondKind.WISHES, SecondKind.CONSENTS)
_OFFICES_ALONE = (SecondKind.TENANT_REMOVED, *_STATEMENTS)
TO_TENANTS = tuple(kind for kind in SecondKind if kind not in _OFFICES_ALONE)

_REQUIRED = frozenset(
    [f"ground.{ground}" for ground in GroundCode]
    + [f"breach.{kind}" for kind in BreachKind]
    + [f"copy.case.{ground}" for ground in GroundCode]
    + [f"copy.news.{news}" for news in CopyNews]
    + [f"copy.said.outcome_{outcome}" for outcome in ContactOutcome]
    + [f"copy.do.{ground}.items" for ground in GroundCode]
    + [f"copy.basis.{kind}" for kind in OperatorKind]
    + [f"second.{kind}.heading" for kind in TO_TENANTS]
    + [f"second.{kind}.{part}" for kind in TO_TENANTS if kind not in REASONS_OF for part in ("text", "do")]
    + [f"second.{kind}.{one}.text" for kind, reasons in REASONS_OF.items() for one in reasons]
    + [f"second.{kind}.{one}.do" for kind, reasons in REASONS_OF.items() for one in reasons]
    + [f"second.case.{case}" for case in ("rent", "home", "lodged")]
    + [f"office_second.{kind}.{part}" for kind in TO_OFFICES for part in ("heading", "text", "then")]
    + [f"office_second.reason.{reason}" for reason in TOLD_REASONS]
    + [f"page.state.{state}" for state in (PageState.ACCEPTED, PageState.SENT)]
    + [f"page.call.{time}" for time in CallTime]
    + [f"page.disagree.reason.{reason}" for reason in DisputeReason]
    + [f"page.wishes.kind.{kind}" for kind in Wish]
    + [f"page.consents.to.{to}" for to in Consent]
    + [f"page.report.kind.{kind}" for kind in MisuseKind]
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language, by dotted key."""

    language: Language
    formats: Formats
    entries: Mapping[str, Entry]

    def line(self, key: str, **values: str) -> str:
        """Fill a text with its values, as one plain string."""
        return "".join(words for _, words in self.runs(key, **values))

    def runs(self, key: str, **values: str) -> list[Run]:
        """Fill a text with its values, cut into bold and plain runs."""
        entry = self.entries[key]
        if not isinstance(entry, str):
            raise TypeError(f"{key} is a list")
        return _runs(entry, values)

    def several(self, key: str, **values: str) -> list[list[Run]]:
        """Fill the paragraphs or points of a list, each in runs."""
        entry = self.entries[key]
        if isinstance(entry, str):
            raise TypeError(f"{key} is no list")
        return [_runs(item, values) for item in entry]


def _runs(template: str, values: Mapping[str, str]) -> list[Run]:
    parts = template.split("**")
    return [(index % 2 == 1, part.format_map(values)) for index, part in enumerate(parts) if part]


@cache
def texts(language: Language) -> Texts:
    """Give the words of a language. Raises TextsIncomplete at the first use if any language is incomplete."""
    return _all_texts()[language]


@cache
def box(*, lodged: bool = False) -> tuple[tuple[str, str, str], ...]:
    """Give the box of languages: for each its tag, its own name, and its text, or that for a lodged petition."""
    content = tomllib.loads((_folder() / "box.toml").read_text("utf-8"))
    if tuple(content) != BOX_LANGUAGES:
        raise TextsIncomplete(f"box.toml has {', '.join(content)}; it needs {', '.join(BOX_LANGUAGES)}")
    text = "lodged" if lodged else "text"
    return tuple((tag, row["name"], _unbroken(row[text])) for tag, row in content.items())


@cache
def _all_texts() -> Mapping[Language, Texts]:
    return load(_folder())


def _folder() -> Traversable:
    return resources.files("varsling.letters") / "texts"


def load(folder: Traversable) -> Mapping[Language, Texts]:
    """Read and check the files of a folder."""
    read = load_texts(folder, Language, required=_REQUIRED, prepare=_unbroken)
    return MappingProxyType({language: _texts(language, entries) for language, entries in read.items()})


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


def _unbroken(text: str) -> str:
    """Keep telephone numbers, and paragraph signs with their numbers, on one line."""
    return re.sub(r"(?<=\d) (?=\d)|(?<=§) ", NO_BREAK, text)
