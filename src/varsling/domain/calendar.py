"""Working days (domstolloven §§ 148 and 149). Saturdays, Sundays, holidays, 1 May and 17 May are none; 24 and 31
December are."""

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
    """Tell why the day is no working day: a holiday's name (`good_friday`), `sunday` or `saturday`. None for a working
    day."""
    if (holiday := _holidays(day.year).get(day)) is not None:
        return holiday
    return _WEEKEND.get(day.weekday())


def is_rest_day(day: date) -> bool:
    return day.weekday() in _WEEKEND or day in _holidays(day.year)


def roll(day: date) -> date:
    """Give the day itself if it is a working day, else the next one."""
    while is_rest_day(day):
        day += _DAY
    return day


def skipped(day: date) -> tuple[tuple[date, str], ...]:
    """List the days that `roll` passes over, each with its reason."""
    days = []
    while (reason := reason_of(day)) is not None:
        days.append((day, reason))
        day += _DAY
    return tuple(days)


def add_working_days(day: date, number: int) -> date:
    """Give the working day that is `number` working days after `day`. For 0 that is the day itself."""
    for _ in range(number):
        day = roll(day + _DAY)
    return day


def last_day_with(number: int, until: date) -> date:
    """Give the last day whose `number`-th working day after it is not later than `until`."""
    day = until
    while add_working_days(day, number) > until:
        day -= _DAY
    return day


@cache
def _holidays(year: int) -> Mapping[date, str]:
    # The language is named, because the default follows the machine's locale. A language that the library lacks ("nb"
    # for example) silently becomes English.
    found = _norway()(years=year, language="en_US")
    return {day: _slug(found.get_list(day)[0]) for day in found}


@cache
def _norway() -> Callable[..., "Norway"]:
    # Loaded at the first date, not at start.
    from holidays.countries.norway import Norway  # noqa: PLC0415  (heavy: only who counts days loads it)

    class EveryYear(Norway):
        """Holidays of any year: the library knows none after 2100 and does not say so, but a caller may ask for any
        date."""

        start_year = 1900
        end_year = 2299

    return EveryYear


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "_", name.lower().replace("'", "")).strip("_")
