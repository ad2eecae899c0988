"""Computes the same facts in other ways: Easter from the golden numbers, working days from Easter, check digits by
hand."""

from datetime import date, timedelta
from functools import cache

# The Paschal full moon by golden number, valid 1900–2199 (the table of the Gregorian calendar): (month, day).
_PASCHAL_FULL_MOONS = (
    (4, 14),
    (4, 3),
    (3, 23),
    (4, 11),
    (3, 31),
    (4, 18),
    (4, 8),
    (3, 28),
    (4, 16),
    (4, 5),
    (3, 25),
    (4, 13),
    (4, 2),
    (3, 22),
    (4, 10),
    (3, 30),
    (4, 17),
    (4, 7),
    (3, 27),
)


def easter(year: int) -> date:
    """The Sunday after the Paschal full moon."""
    moon = date(year, *_PASCHAL_FULL_MOONS[year % 19])
    return moon + timedelta(days=7 - (moon.weekday() + 1) % 7)


@cache
def rest_days(year: int) -> set[date]:
    """Every day of the year on which no period ends (domstolloven § 149; lov om helligdager § 2; 1 and 17 May)."""
    sunday = easter(year)
    movable = {sunday + timedelta(days=days) for days in (-3, -2, 0, 1, 39, 49, 50)}
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))}
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return movable | fixed | {day for day in days if day.year == year and day.isoweekday() in (6, 7)}


def working_day(day: date) -> date:
    while day in rest_days(day.year):
        day += timedelta(days=1)
    return day


def modulo_11(digits: str) -> str | None:
    """The check digit by weights 2 to 7 from the right; None where it would be 10."""
    total = 0
    for place, digit in enumerate(digits[::-1]):
        total += int(digit) * (2 + place % 6)
    check = (11 - total % 11) % 11
    return None if check == 10 else str(check)
