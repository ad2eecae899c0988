"""The contents of a notice (husleieloven § 9-11): values only, as understood and kept.

Amounts are in øre. There is no free text: coded fields alone describe the breach ("misligholdet").
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType
from uuid import UUID

from varsling.domain.dwelling import Dwelling

NoticeId = NewType("NoticeId", UUID)
TenantId = NewType("TenantId", UUID)


class LeaseUse(StrEnum):
    DWELLING = "dwelling"
    MIXED = "mixed"
    COMMERCIAL = "commercial"
    HOLIDAY = "holiday"


class GroundCode(StrEnum):
    """The grounds for eviction that a notice can state (tvangsfullbyrdelsesloven § 13-2 third paragraph)."""

    RENT_UNPAID = "rent_unpaid"
    RESCISSION = "rescission"
    LEASE_EXPIRED = "lease_expired"
    LEASE_TERMINATED = "lease_terminated"
    NO_TITLE = "no_title"


@dataclass(frozen=True, slots=True)
class PostalAddress:
    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str = "NO"


@dataclass(frozen=True, slots=True)
class Contact:
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    postal_address: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class Landlord:
    """A company with its number, or a person. A person's number and birth date serve matching alone and go to no
    recipient."""

    contact: Contact
    organisation_number: str | None = None
    name: str | None = None
    national_id: str | None = None
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """The party that submits for the landlord ("Utleier kan gi andre fullmakt")."""

    organisation_number: str
    name: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class Lease:
    reference: str
    use: LeaseUse
    eviction_clause: bool
    start_date: date | None = None


@dataclass(frozen=True, slots=True)
class Tenant:
    """A natural person on the lease. `language` serves her copy alone: it can reveal ethnicity (GDPR art. 9)."""

    id: TenantId
    name: str
    birth_date: date
    national_id: str | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    postal_address: PostalAddress | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sum owed: rent or charges of husleieloven § 3-4."""

    due_date: date
    original: int
    outstanding: int
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    claims: tuple[Claim, ...] = ()
    deposited: int = 0

    @property
    def outstanding_total(self) -> int:
        """The øre still owed. A deposit under § 3-8 counts as payment."""
        return sum(claim.outstanding for claim in self.claims) - self.deposited


@dataclass(frozen=True, slots=True)
class Payment:
    account_number: str | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    code: GroundCode
    warning_sent_on: date | None = None


@dataclass(frozen=True, slots=True)
class CopyGiven:
    """A copy that the landlord gave the tenant. It is recorded; varsling sends its own copy as well."""

    on: date
    how: str


@dataclass(frozen=True, slots=True)
class Attestations:
    no_reservation_received: bool
    power_of_attorney: bool | None = None
    copy_given: CopyGiven | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of the landlord's information."""

    reference: str
    landlord: Landlord
    agent: Agent | None
    lease: Lease
    dwelling: Dwelling
    tenants: tuple[Tenant, ...]
    breach: Breach
    payment: Payment
    ground: Ground
    attestations: Attestations
    planned_petition_date: date | None = None
    petition_filed_on: date | None = None
    children_in_dwelling: bool | None = None

    @property
    def warning_sent_on(self) -> date | None:
        """The date of the § 4-18 warning if the ground has one: unpaid rent alone."""
        return self.ground.warning_sent_on if self.ground.code is GroundCode.RENT_UNPAID else None
