"""Synthetic persons whose notices end as their numbers say, so that an integration can be tried to its end.

Production refuses every synthetic number, so none of this happens there.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PersonOutcome(StrEnum):
    """What becomes of a notice about such a person."""

    RESERVED = "reserved"
    COPY_BOUNCES = "copy_bounces"
    HELD = "held"


# By identity number: month + 80, as all synthetic numbers of the tax administration's.
TEST_PERSONS: Mapping[str, PersonOutcome] = MappingProxyType(
    {
        "10908510068": PersonOutcome.RESERVED,
        "11908510005": PersonOutcome.COPY_BOUNCES,
        "12908510036": PersonOutcome.HELD,
    }
)


def outcome_of(national_id: str | None) -> PersonOutcome | None:
    return None if national_id is None else TEST_PERSONS.get(national_id)
