"""Synthetic persons whose numbers decide how their notices end, so that integrators can try every ending.

Production refuses every synthetic number.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class PersonOutcome(StrEnum):
    """The ending of a notice about such a person."""

    RESERVED = "reserved"
    COPY_BOUNCES = "copy_bounces"
    COPY_RETURNED = "copy_returned"
    """Her copy goes out, the notice is sent, and then the copy comes back with no way left."""
    HELD = "held"
    OFFICE_UNKNOWN = "office_unknown"
    RECEIVED = "received"
    """The office has it as soon as it is sent."""
    NEVER_RECEIVED = "never_received"
    LAPSED = "lapsed"
    """It lapses as soon as it is sent."""
    RATE_LIMITED = "rate_limited"
    """429 now and then: a call that waits as long as it was told is taken."""
    UNAVAILABLE = "unavailable"
    """503 likewise."""


# By identity number: month + 80, as in all synthetic numbers of the tax administration.
TEST_PERSONS: Mapping[str, PersonOutcome] = MappingProxyType(
    {
        "10908510068": PersonOutcome.RESERVED,
        "11908510005": PersonOutcome.COPY_BOUNCES,
        "13908500002": PersonOutcome.COPY_RETURNED,
        "12908510036": PersonOutcome.HELD,
        "14908500041": PersonOutcome.OFFICE_UNKNOWN,
        "15908500005": PersonOutcome.RECEIVED,
        "16908500028": PersonOutcome.NEVER_RECEIVED,
        "17908500059": PersonOutcome.LAPSED,
        "18908500004": PersonOutcome.RATE_LIMITED,
        "19908500027": PersonOutcome.UNAVAILABLE,
    }
)


def outcome_of(national_id: str | None) -> PersonOutcome | None:
    return None if national_id is None else TEST_PERSONS.get(national_id)


def outcomes_among(national_ids: Iterable[str | None]) -> frozenset[PersonOutcome]:
    """Give the endings that the tenants of one notice ask for."""
    return frozenset(outcome for number in national_ids if (outcome := outcome_of(number)) is not None)
