"""The registration of a landlord, and what follows from it for a notice (LAW, row 9: private landlords only)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from varsling.domain.organisation import same_company
from varsling.domain.problems import Code, Fault
from varsling.domain.remarks import Remark


class Standing(StrEnum):
    """`unanswered`: no register is configured, the register does not answer, or the landlord is a person."""

    PRIVATE = "private"
    PUBLIC = "public"
    BANKRUPT = "bankrupt"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Registration:
    """What Enhetsregisteret has of an organisation number. `name` is its registered name, if it has one."""

    standing: Standing = Standing.UNANSWERED
    name: str | None = None


_REFUSED = {
    Standing.PUBLIC: Code.PUBLIC_LANDLORD,
    Standing.DISSOLVED: Code.LANDLORD_DISSOLVED,
    Standing.UNKNOWN: Code.LANDLORD_UNKNOWN,
}


REFUSING = frozenset(_REFUSED)
"""The standings that refuse a notice. Never keep them for long, and never rely on them while the register is
silent."""


def registration_faults(registration: Registration, *, private_homes: bool) -> Iterator[Fault]:
    """Tell why a notice of this landlord is refused. `private_homes` is the policy of that name."""
    code = _REFUSED.get(registration.standing)
    if code is not None and (private_homes or code is not Code.PUBLIC_LANDLORD):
        yield Fault("/landlord/organisation_number", code)


def registration_remarks(registration: Registration, name: str | None) -> tuple[Remark, ...]:
    """Point out a bankrupt landlord, whose estate may notify too but needs a look, and a name that differs from the
    register's."""
    remarks = (Remark.LANDLORD_BANKRUPT,) if registration.standing is Standing.BANKRUPT else ()
    differs = registration.name is not None and name is not None and not same_company(registration.name, name)
    return (*remarks, Remark.LANDLORD_NAME_DIFFERS) if differs else remarks
