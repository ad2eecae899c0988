"""How a tenant can pay: Norwegian account numbers, and the KID (customer identification) of an invoice."""

import re
from itertools import cycle

_ACCOUNT = re.compile(r"(?!0{11})[0-9]{11}")
_ACCOUNT_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_KID = re.compile(r"[0-9]{1,24}[0-9-]")


def parse_account_number(text: str) -> str:
    """Check an account number: eleven digits, not all zeros, the last a check digit modulo 11. Raises ValueError."""
    if not _ACCOUNT.fullmatch(text):
        raise ValueError("not eleven digits")
    if sum(int(digit) * weight for digit, weight in zip(text, _ACCOUNT_WEIGHTS, strict=True)) % 11:
        raise ValueError("wrong check digit")
    return text


def parse_kid(text: str) -> str:
    """Check a KID: 2 to 25 characters, the last a check digit, modulo 10 or modulo 11. Raises ValueError."""
    if not _KID.fullmatch(text):
        raise ValueError("not 2 to 25 characters")
    reversed_digits = [int(digit) for digit in reversed(text[:-1])]
    if text[-1] not in (_modulo_10(reversed_digits), _modulo_11(reversed_digits)):
        raise ValueError("wrong check digit")
    return text


def _modulo_10(reversed_digits: list[int]) -> str:
    products = (digit * weight for digit, weight in zip(reversed_digits, cycle((2, 1)), strict=False))
    return str(-sum(product // 10 + product % 10 for product in products) % 10)


def _modulo_11(reversed_digits: list[int]) -> str:
    total = sum(digit * weight for digit, weight in zip(reversed_digits, cycle(range(2, 8)), strict=False))
    return "-" if -total % 11 == 10 else str(-total % 11)  # the check digit 10 is written as a hyphen
