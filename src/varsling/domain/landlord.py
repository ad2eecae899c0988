"""The registration of a landlord, and what follows from it for a notice (LAW, row 9: private landlords only)."""

from collections.abc import Iterator
from enum import StrEnum

from varsling.domain.problems import Code, Fault
from varsling.domain.remarks import Remark


class Registration(StrEnum):
    """`unanswered`: no register is configured, the register does not answer, or the landlord is a person."""

    PRIVATE = "private"
    PUBLIC = "public"
    BANKRUPT = "bankrupt"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"


_REFUSED = {
    Registration.PUBLIC: Code.PUBLIC_LANDLORD,
    Registration.DISSOLVED: Code.LANDLORD_DISSOLVED,
    Registration.UNKNOWN: Code.LANDLORD_UNKNOWN,
}


REFUSING = frozenset(_REFUSED)
"""The registrations that refuse a notice. Never keep them for long, and never rely on them while the register is
silent."""


def registration_faults(registration: Registration, *, private_homes: bool) -> Iterator[Fault]:
    """Tell why a notice of this landlord is refused. `private_homes` is the policy of that name."""
    code = _REFUSED.get(registration)
    if code is not None and (private_homes or code is not Code.PUBLIC_LANDLORD):
        yield Fault("/landlord/organisation_number", code)


def registration_remarks(registration: Registration) -> tuple[Remark, ...]:
    """Point out a bankrupt landlord: its estate may notify too, but a person should check who acts for it."""
    return (Remark.LANDLORD_BANKRUPT,) if registration is Registration.BANKRUPT else ()
