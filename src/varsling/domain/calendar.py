"""Working days (domstolloven §§ 148 and 149): no Saturday, Sunday, holiday, 1 or 17 May. 24 and 31 December are."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays.countries.norway import Norway

_DAY = timedelta(days=1)
_WEEKEND = {5: "saturday", 6: "sunday"}


def reason_of(day: date) -> str | None:
    """Why the day is no working day: a holiday's name (`good_friday`), `sunday`, `saturday`; None for a working day."""
    if (holiday := _holidays(day.year).get(day)) is not None:
        return holiday
    return _WEEKEND.get(day.weekday())


def is_rest_day(day: date) -> bool:
    return day.weekday() in _WEEKEND or day in _holidays(day.year)


def roll(day: date) -> date:
    """The day itself, or the next working day."""
    while is_rest_day(day):
        day += _DAY
    return day


def skipped(day: date) -> tuple[tuple[date, str], ...]:
    """The days that `roll` passes over, each with its reason."""
    days = []
    while (reason := reason_of(day)) is not None:
        days.append((day, reason))
        day += _DAY
    return tuple(days)


def add_working_days(day: date, number: int) -> date:
    """The working day that is `number` working days after `day`; the day itself for none."""
    for _ in range(number):
        day = roll(day + _DAY)
    return day


@cache
def _holidays(year: int) -> Mapping[date, str]:
    # The language is named, because the default follows the machine's locale, and one that the library lacks ("nb" is
    # one) gives English without a word.
    found = _norway()(years=year, language="en_US")
    return {day: _slug(found.get_list(day)[0]) for day in found}


@cache
def _norway() -> Callable[..., "Norway"]:
    # Loaded at the first date, not at start.
    from holidays.countries.norway import Norway  # noqa: PLC0415

    class EveryYear(Norway):
        """The library stops at 2100 and then has no holidays, without a word; a caller may ask for any date."""

        start_year = 1900
        end_year = 2299

    return EveryYear


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "_", name.lower().replace("'", "")).strip("_")
