"""What a register says of a landlord, and what follows for a notice (LAW, row 9: private landlords only)."""

from collections.abc import Iterator
from enum import StrEnum

from varsling.domain.problems import Code, Fault
from varsling.domain.remarks import Remark


class Standing(StrEnum):
    """`unanswered`: no register is configured, it does not answer, or the landlord is a person."""

    PRIVATE = "private"
    PUBLIC = "public"
    BANKRUPT = "bankrupt"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"


_REFUSED = {
    Standing.PUBLIC: Code.PUBLIC_LANDLORD,
    Standing.DISSOLVED: Code.LANDLORD_DISSOLVED,
    Standing.UNKNOWN: Code.LANDLORD_UNKNOWN,
}


REFUSING = frozenset(_REFUSED)
"""What a notice may be refused for: never to be kept for long, or believed while the register is silent."""


def standing_faults(standing: Standing, *, private_homes: bool) -> Iterator[Fault]:
    """Why a notice of such a landlord is refused; `private_homes` is the policy of that name."""
    code = _REFUSED.get(standing)
    if code is not None and (private_homes or code is not Code.PUBLIC_LANDLORD):
        yield Fault("/landlord/organisation_number", code)


def standing_remarks(standing: Standing) -> tuple[Remark, ...]:
    """A bankrupt's estate may notify as well: somebody should look who acts for it."""
    return (Remark.LANDLORD_BANKRUPT,) if standing is Standing.BANKRUPT else ()
