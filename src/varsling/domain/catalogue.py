"""What each problem means, who mends it and how: the texts of answers and of the pages that they lead to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code


class Mender(StrEnum):
    """Who can do something about it."""

    SYSTEM = "system"
    LANDLORD = "landlord"
    OPERATOR = "operator"
    TIME = "time"
    NOBODY = "nobody"


class KeyUse(StrEnum):
    """What becomes of the call's `Idempotency-Key`. A refused call binds none (CONTRACT § Idempotency)."""

    SAME = "same"
    REPEAT = "repeat"
    NEW = "new"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What a code means, in one language: in short, in a sentence, and how to mend it."""

    title: str
    detail: str
    remedy: str


class CatalogueIncomplete(Exception):
    """A language lacks a code or a part of a text, or has one too many; the message names them."""


_BY_THE_LANDLORD = frozenset(
    {
        Code.OPEN_NOTICE_EXISTS,
        Code.NOTICE_CLOSED,
        Code.PETITION_TOO_EARLY,
        Code.PLANNED_DATE_PASSED,
        Code.WARNING_NOT_SENT,
        Code.WARNING_BEFORE_DUE_DATE,
        Code.WARNING_PERIOD_RUNNING,
        Code.EVICTION_CLAUSE_MISSING,
        Code.CLAIMS_NOT_APPLICABLE,
        Code.NOTHING_OVERDUE,
        Code.RENT_DEPOSITED,
        Code.LANDLORD_UNKNOWN,
        Code.LANDLORD_DISSOLVED,
        Code.LANDLORD_IS_TENANT,
        Code.TENANT_NOT_A_PERSON,
        Code.TENANT_LISTED_TWICE,
        Code.TENANT_UNREACHABLE,
        Code.BIRTH_DATE_CONFLICT,
        Code.INVALID_IDENTITY_NUMBER,
        Code.RESERVATION_NOT_ATTESTED,
        Code.POWER_OF_ATTORNEY_NOT_ATTESTED,
        Code.NOT_A_STREET_ADDRESS,
        Code.UNKNOWN_POSTAL_CODE,
        Code.ADDRESS_CONFLICT,
        Code.DISTRICT_NEEDED,
        Code.NOTICE_REFUSED,
    }
)
_MENDERS = {
    **dict.fromkeys(_BY_THE_LANDLORD, Mender.LANDLORD),
    **dict.fromkeys((Code.LANDLORD_SUSPENDED, Code.INTERNAL), Mender.OPERATOR),
    **dict.fromkeys((Code.REQUEST_IN_PROGRESS, Code.NOT_SENT_YET, Code.RATE_LIMITED, Code.UNAVAILABLE), Mender.TIME),
    **dict.fromkeys(
        (
            Code.TENANT_RESERVED,
            Code.NOTICE_LIMIT_REACHED,
            Code.NOT_A_DWELLING,
            Code.PUBLIC_LANDLORD,
            Code.OUTSIDE_NORWAY,
            Code.ERASED,
            Code.ALREADY_FORWARDED,
        ),
        Mender.NOBODY,
    ),
}
_KEYS = {
    **dict.fromkeys((Code.REQUEST_IN_PROGRESS, Code.RATE_LIMITED, Code.INTERNAL, Code.UNAVAILABLE), KeyUse.REPEAT),
    **dict.fromkeys((Code.IDEMPOTENCY_KEY_REUSED, Code.IDEMPOTENCY_KEY_MALFORMED), KeyUse.NEW),
    **dict.fromkeys((Code.CURSOR_UNKNOWN, Code.CURSOR_EXPIRED, Code.NOT_SENT_YET, Code.NOT_ACCEPTABLE), KeyUse.NONE),
}

_THE_PETITION = "husleieloven § 9-11, domstolloven §§ 148, 149"
_THE_WARNING = "tvangsfullbyrdelsesloven §§ 4-18, 13-2"
_THE_GROUND = "tvangsfullbyrdelsesloven § 13-2"
_THE_NOTICE = "husleieloven § 9-11"
_LAWS = {
    **dict.fromkeys((Code.PETITION_TOO_EARLY, Code.PLANNED_DATE_PASSED), _THE_PETITION),
    **dict.fromkeys((Code.WARNING_NOT_SENT, Code.WARNING_BEFORE_DUE_DATE, Code.WARNING_PERIOD_RUNNING), _THE_WARNING),
    **dict.fromkeys((Code.EVICTION_CLAUSE_MISSING, Code.CLAIMS_NOT_APPLICABLE, Code.NOTHING_OVERDUE), _THE_GROUND),
    Code.RENT_DEPOSITED: "husleieloven § 3-8",
    **dict.fromkeys(
        (
            Code.TENANT_RESERVED,
            Code.RESERVATION_NOT_ATTESTED,
            Code.POWER_OF_ATTORNEY_NOT_ATTESTED,
            Code.NOT_A_DWELLING,
            Code.PUBLIC_LANDLORD,
            Code.TENANT_NOT_A_PERSON,
            Code.TENANT_UNREACHABLE,
            Code.OUTSIDE_NORWAY,
            Code.DISTRICT_NEEDED,
            Code.OPEN_NOTICE_EXISTS,
        ),
        _THE_NOTICE,
    ),
    Code.ERASED: "personvernforordningen art. 5, 17",
}


def mender_of(code: Code) -> Mender:
    """Who mends it; where nothing else is said, the system that calls."""
    return _MENDERS.get(code, Mender.SYSTEM)


def key_use_of(code: Code) -> KeyUse:
    """Whether the key of a call that was refused with this code may be used again."""
    return _KEYS.get(code, KeyUse.SAME)


def law_of(code: Code) -> str | None:
    """The paragraph that it follows from; None for what follows from the contract alone."""
    return _LAWS.get(code)


def problem_text(code: Code, language: AnswerLanguage) -> ProblemText:
    return _texts()[language][code]


def catalogue(language: AnswerLanguage) -> Mapping[Code, ProblemText]:
    """Every code with its text, in the order of CONTRACT § Problems."""
    return _texts()[language]


def words(language: AnswerLanguage) -> Mapping[str, Any]:
    """The words of the catalogue's pages: headings, and a sentence for each Mender and KeyUse."""
    return _words()[language]


@cache
def _texts() -> Mapping[AnswerLanguage, Mapping[Code, ProblemText]]:
    return MappingProxyType({language: _load(language) for language in AnswerLanguage})


def _load(language: AnswerLanguage) -> Mapping[Code, ProblemText]:
    entries: dict[str, dict[str, str]] = _file("problems", language)
    if odd := set(Code) ^ entries.keys():
        raise CatalogueIncomplete(f"{language}: {', '.join(sorted(odd))}")
    wrong = [code for code, entry in entries.items() if entry.keys() != {"title", "detail", "remedy"}]
    if wrong or not all(all(entry.values()) for entry in entries.values()):
        raise CatalogueIncomplete(f"{language}: a part is missing, empty or one too many: {', '.join(sorted(wrong))}")
    return MappingProxyType({code: ProblemText(**entries[code]) for code in Code})


@cache
def _words() -> Mapping[AnswerLanguage, Mapping[str, Any]]:
    read = {language: _file("catalogue", language) for language in AnswerLanguage}
    shapes = {
        language: {name: set(part) if isinstance(part, dict) else None for name, part in found.items()}
        for language, found in read.items()
    }
    wanted = shapes[AnswerLanguage.NB] | {"mender": set(Mender), "key": set(KeyUse)}
    if odd := [language for language, shape in shapes.items() if shape != wanted]:
        raise CatalogueIncomplete(f"catalogue: {', '.join(odd)}")
    return MappingProxyType(read)


def _file(name: str, language: AnswerLanguage) -> dict[str, Any]:
    return tomllib.loads((resources.files("varsling.domain") / "texts" / f"{name}.{language}.toml").read_text("utf-8"))
