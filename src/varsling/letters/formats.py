"""Dates and amounts in each language, by the patterns in its text file (North Sámi has its own)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Formats:
    """The patterns of a language: `day_pattern` takes {day}, {month} and {year}, `money_pattern` takes {amount}.

    The twelve `months` have the form that they have in a date.
    """

    months: Sequence[str]
    day_pattern: str
    money_pattern: str
    thousands: str
    decimal: str
    separator: str

    def day(self, day: date) -> str:
        text = self.day_pattern.format(day=day.day, month=self.months[day.month - 1], year=day.year)
        return text.replace(" ", NO_BREAK)

    def money(self, ore: int) -> str:
        """Write øre as kroner with two decimals."""
        kroner, rest = divmod(ore, 100)
        number = f"{kroner:,}".replace(",", self.thousands) + self.decimal + f"{rest:02}"
        return self.money_pattern.format(amount=number).replace(" ", NO_BREAK)


def in_fours(code: str) -> str:
    """Write a code in fours: `ABCD-EFGH-JKLM-NPQR`."""
    plain = code.replace("-", "").replace(" ", "")
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def phone(number: str) -> str:
    """Write a number on one line as Norwegians do: a Norwegian one in pairs, any other as it was given."""
    plain = number.replace(" ", "")
    match = re.fullmatch(r"(\+47)?(\d\d)(\d\d)(\d\d)(\d\d)", plain, re.ASCII)
    parts = number.split() if match is None else filter(None, match.groups())
    return NO_BREAK.join(parts)


def account(number: str) -> str:
    """Write a Norwegian account number as banks print it: `1234.56.78903`."""
    return f"{number[:4]}.{number[4:6]}.{number[6:]}" if len(number) == 11 and number.isdigit() else number
