"""The NAV office that a notice goes to: how it was found, and how it is reached."""

from enum import StrEnum
from typing import NewType

OfficeNumber = NewType("OfficeNumber", str)
"""Four digits, NORG2's `enhetsnummer`."""


class FoundBy(StrEnum):
    """What decided which office a dwelling belongs to. `pending`: nothing has yet."""

    DISTRICT_NUMBER = "district_number"
    POINT = "point"
    STREET_TABLE = "street_table"
    MUNICIPALITY_NUMBER = "municipality_number"
    POSTAL_CODE = "postal_code"
    OPERATOR = "operator"
    PENDING = "pending"


class ForwardingReason(StrEnum):
    """Why an office hands a notice on."""

    WRONG_AREA = "wrong_area"
    """The dwelling lies in another office's area."""
    MOVED = "moved"
    """The tenant lives elsewhere by now; where, is Nav's business alone."""
    UNKNOWN = "unknown"


class ReachedBy(StrEnum):
    FEED = "feed"
    LETTER = "letter"
