"""Amounts in NOK: decimal strings outside ("12500.00"), whole øre inside."""

import re

_AMOUNT = re.compile(r"[0-9]{1,9}\.[0-9]{2}")


def parse_amount(text: str) -> int:
    """Read an amount with exactly two decimals, below 1,000 million NOK, as øre. Raises ValueError."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError("not an amount with two decimals")
    return int(text.replace(".", ""))


def format_amount(ore: int) -> str:
    kroner, rest = divmod(abs(ore), 100)
    return f"{'-' if ore < 0 else ''}{kroner}.{rest:02d}"
