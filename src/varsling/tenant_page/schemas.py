"""The forms of the tenant's page. A person fills them in: what she means counts."""

import re
from collections.abc import Mapping
from datetime import date

from varsling.domain.contact import parse_phone
from varsling.domain.tenant import (
    CALL_LANGUAGES,
    CallTime,
    CallWish,
    Consent,
    Consents,
    Dispute,
    DisputeReason,
    MisuseKind,
    Wish,
    Wishes,
)

_DAY_FIRST = re.compile(r"(\d{1,2})[ ./-]+(\d{1,2})[ ./-]+(\d{4}|\d{2})\.?")
_TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_BETWEEN_DIGITS = re.compile(r"\(0\)|[\s()./\u2010-\u2015\u2212-]")
_NORWEGIAN = re.compile(r"(?:00|\+)?47([2-9]\d{7})", re.ASCII)


def birth_date(typed: str) -> date | None:
    """Read a day typed day first, or as YYYY-MM-DD; None for anything else.

    Two digits of the year suffice, since no more is compared (`domain.identity.birth_key`): the century may be wrong.
    """
    typed = typed.strip()
    if found := _YEAR_FIRST.fullmatch(typed):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(typed) or _TOGETHER.fullmatch(typed):
        day, month, year = found.groups()
    else:
        return None
    try:
        return date(int(year) + 2000 * (len(year) == 2), int(month), int(day))
    except ValueError:
        return None


def call_wish(form: Mapping[str, str]) -> CallWish | None:
    """Read her wish for a call; None if the number is impossible.

    A missing or unknown time is any time, a missing or unknown language Norwegian."""
    number = _BETWEEN_DIGITS.sub("", form.get("phone", ""))
    number = _NORWEGIAN.sub(r"+47\1", number) if _NORWEGIAN.fullmatch(number) else number
    number = "+" + number[2:] if number.startswith("00") else number
    try:
        phone = parse_phone(number)
    except ValueError:
        return None
    time, language = form.get("time", ""), form.get("spoken", "")
    return CallWish(
        phone=phone,
        time=CallTime(time) if time in list(CallTime) else CallTime.ANY_TIME,
        language=language if language in CALL_LANGUAGES else "nb",
        interpreter="interpreter" in form,
    )


def dispute(form: Mapping[str, str]) -> Dispute | None:
    """Read the parts that she disagrees with; None if she ticked nothing."""
    reasons = tuple(reason for reason in DisputeReason if reason in form)
    return Dispute(reasons) if reasons else None


def wishes(form: Mapping[str, str]) -> Wishes | None:
    """Read her wishes; None if the form was sent empty, but for one that takes them back."""
    kinds = tuple(kind for kind in Wish if kind in form)
    return Wishes(kinds) if kinds or "none" in form else None


def consents(form: Mapping[str, str]) -> Consents | None:
    """Read with whom Nav may talk; None if the form was sent empty, but for one that takes it back."""
    to = tuple(one for one in Consent if one in form)
    return Consents(to) if to or "none" in form else None


def misuse(form: Mapping[str, str]) -> tuple[MisuseKind, ...]:
    """Read the kinds of misuse that she reports; empty if she ticked nothing."""
    return tuple(kind for kind in MisuseKind if kind in form)
