"""Cells as Norwegians and their Excel write them: 12.500,00 for an amount, 01.10.2026 for a day, JA or SANN for yes,
numbers without leading zeros.

Any other cell stays as it is, and the service reports its fault.
"""

import re

from varsling.client.columns import meant

_YES, _NO = ("true", "sann", "ja", "yes"), ("false", "usann", "nei", "no")
_FLAGS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
_FLAG_MEMBERS = frozenset(
    {
        "eviction_clause",
        "no_reservation_received",
        "reason_to_notify",
        "power_of_attorney",
        "children_in_dwelling",
        "tenant_wants_help",
    }
)
# And all members whose names end in `_on` or `_date`.
_DAY_MEMBERS = frozenset({"on", "balance_as_of", "petition_held_until"})
# Numbers of a fixed length: Excel takes them for amounts and drops their leading zeros.
_LENGTHS = {
    "postal_code": 4,
    "municipality_number": 4,
    "district_number": 6,
    "national_id": 11,
    "account_number": 11,
}
# With dots between thousands only where a comma says which is which: 12.500 alone may be twelve and a half.
_AMOUNT = re.compile(r"(\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+|\d{1,3}(?:\.\d{3})+(?=,))(?:,(\d{1,2}))?")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_EXCELS_ZERO = "1900-01-01"


def value_of(member: str, cell: str) -> str | bool:
    """Read the cell of a column; `member` is the last part of the column's name."""
    if member in _FLAG_MEMBERS:
        return _FLAGS.get(cell.lower(), cell)
    if member.endswith("_amount"):
        return _amount(cell)
    if member in _DAY_MEMBERS or member.endswith(("_on", "_date")):
        return _day(cell)
    cell = meant(member, cell)
    length = _LENGTHS.get(member)
    # One zero at most: more zeros are another mistake.
    return cell.zfill(length) if length is not None and cell.isdecimal() and len(cell) == length - 1 else cell


def _amount(cell: str) -> str:
    written = _AMOUNT.fullmatch(cell)
    if written is None:
        return cell
    crowns = re.sub(r"\D", "", written[1])
    return f"{crowns}.{(written[2] or '').ljust(2, '0')}"


def _day(cell: str) -> str:
    written = _DAY.fullmatch(cell)
    day = cell if written is None else f"{written[3]}-{written[2]:0>2}-{written[1]:0>2}"
    # What a sheet makes of no date is refused as none: as a birth date it would match nobody.
    return cell if day == _EXCELS_ZERO else day
