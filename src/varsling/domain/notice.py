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
    """The grounds for eviction that a notice can state (tvangsfullbyrdelsesloven § 13-2: the special ones of the third
    paragraph, a to e, and a judgment)."""

    RENT_UNPAID = "rent_unpaid"
    LEASE_EXPIRED = "lease_expired"
    LEASE_TERMINATED = "lease_terminated"
    RESCISSION = "rescission"
    JUDGMENT = "judgment"
    NO_TITLE = "no_title"


class BreachKind(StrEnum):
    """The breach for which a lease was rescinded: the letters of husleieloven § 9-9 first paragraph."""

    PAYMENT = "a"
    """Rent or other sums due under the lease."""
    CARE = "b"
    """Neglect of the home, or serious harm or nuisance, in spite of a written warning."""
    OTHERS_USE = "c"
    """Others use the home without a right to, in spite of a written warning."""
    OTHER_USE = "d"
    """It is used in another way than agreed, in spite of a written warning."""
    OTHER = "e"


class ContactOutcome(StrEnum):
    """What the landlord tried with the tenant before the notice ("dersom det er grunn til det")."""

    NONE = "none"
    TRIED = "tried"
    SPOKE = "spoke"


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
    recipient. `registered_name` is a company's name in Enhetsregisteret, where that was asked: letters have it."""

    contact: Contact
    organisation_number: str | None = None
    name: str | None = None
    national_id: str | None = None
    birth_date: date | None = None
    registered_name: str | None = None

    @property
    def shown_name(self) -> str | None:
        return self.registered_name or self.name


@dataclass(frozen=True, slots=True)
class Agent:
    """The party that submits for the landlord ("Utleier kan gi andre fullmakt")."""

    organisation_number: str
    name: str
    contact: Contact
    registered_name: str | None = None

    @property
    def shown_name(self) -> str:
        return self.registered_name or self.name


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
    """The sums owed. `balance_as_of` is the Oslo date of the sums; None: the day on which this version was sent."""

    claims: tuple[Claim, ...] = ()
    deposited: int = 0
    balance_as_of: date | None = None

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
    """A ground, with the facts that the law asks of it (LAW's table). A fact of another ground is refused.

    `warning_sent_on` is the date of the § 4-18 warning. `move_out_requested_on` is the date of the written request to
    move (husleieloven § 9-2 third paragraph). `decided_on` is the date of the judgment or settlement.
    """

    code: GroundCode
    warning_sent_on: date | None = None
    expired_on: date | None = None
    move_out_requested_on: date | None = None
    terminated_on: date | None = None
    rescinded_on: date | None = None
    breach_kind: BreachKind | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class PriorContact:
    """What the landlord did before the notice: in codes, told to the tenant and the office."""

    reminder_sent_on: date | None = None
    outcome: ContactOutcome = ContactOutcome.NONE
    tenant_wants_help: bool | None = None


@dataclass(frozen=True, slots=True)
class CopyGiven:
    """A copy that the landlord gave the tenant. It is recorded; varsling sends its own copy as well."""

    on: date
    how: str


@dataclass(frozen=True, slots=True)
class Attestations:
    """`reason_to_notify`: this case was looked at ("dersom det er grunn til det")."""

    no_reservation_received: bool
    reason_to_notify: bool
    power_of_attorney: bool | None = None
    copy_given: CopyGiven | None = None


@dataclass(frozen=True, slots=True)
class PetitionFacts:
    """The landlord's petition to the enforcement officer or the court, as he tells of it.

    `held_until` is his promise to wait until then. A withdrawn petition is no longer lodged.
    """

    planned_on: date | None = None
    filed_on: date | None = None
    withdrawn_on: date | None = None
    held_until: date | None = None

    @property
    def is_lodged(self) -> bool:
        return self.filed_on is not None and self.withdrawn_on is None


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
    petition: PetitionFacts = PetitionFacts()
    prior_contact: PriorContact | None = None
    children_in_dwelling: bool | None = None

    @property
    def warning_sent_on(self) -> date | None:
        """The date of the § 4-18 warning, whose clock runs beside the notice's (tvangsfullbyrdelsesloven § 4-18)."""
        return self.ground.warning_sent_on
