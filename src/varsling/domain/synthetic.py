"""Synthetic persons whose numbers decide how their notices end, so that integrators can try every ending.

Production refuses every synthetic number.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PersonOutcome(StrEnum):
    """The ending of a notice about such a person."""

    RESERVED = "reserved"
    COPY_BOUNCES = "copy_bounces"
    HELD = "held"


# By identity number: month + 80, as in all synthetic numbers of the tax administration.
TEST_PERSONS: Mapping[str, PersonOutcome] = MappingProxyType(
    {
        "10908510068": PersonOutcome.RESERVED,
        "11908510005": PersonOutcome.COPY_BOUNCES,
        "12908510036": PersonOutcome.HELD,
    }
)


def outcome_of(national_id: str | None) -> PersonOutcome | None:
    return None if national_id is None else TEST_PERSONS.get(national_id)
