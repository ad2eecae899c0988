"""The NAV office of a notice: how the service found it, and how the notice reaches it."""

from enum import StrEnum
from typing import NewType

OfficeNumber = NewType("OfficeNumber", str)
"""Four digits, NORG2's `enhetsnummer`."""


class FoundBy(StrEnum):
    """The fact that decided the dwelling's office. `pending`: no fact has decided it yet."""

    DISTRICT_NUMBER = "district_number"
    POINT = "point"
    STREET_TABLE = "street_table"
    MUNICIPALITY_NUMBER = "municipality_number"
    POSTAL_CODE = "postal_code"
    OPERATOR = "operator"
    PENDING = "pending"


class ForwardingReason(StrEnum):
    """The reason why an office forwards a notice."""

    WRONG_AREA = "wrong_area"
    """The dwelling lies in another office's area."""
    MOVED = "moved"
    """The tenant lives elsewhere now. Her new place is Nav's business alone."""
    UNKNOWN = "unknown"


class ReachedBy(StrEnum):
    FEED = "feed"
    LETTER = "letter"
