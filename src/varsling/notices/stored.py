"""A notice as the database has it: facts in columns, and what the landlord said, decrypted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from varsling.domain.dates import NoticeDates, notice_dates, oslo_date
from varsling.domain.lifecycle import OPEN, PUBLISHED, HeldFor, NoticeStatus
from varsling.domain.notice import Notice, NoticeId, Tenant, TenantId
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.protection import Protection
from varsling.domain.remarks import Remark
from varsling.domain.synthetic import PersonOutcome, outcomes_among
from varsling.domain.tenant import LeftOut


@dataclass(frozen=True, slots=True)
class StoredTenant:
    """A tenant's row: the indexes that a reservation is matched by, and when and why the notice left her out."""

    id: TenantId
    place: int
    birth_index: bytes
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    left_out_at: datetime | None
    left_out_for: LeftOut | None = None
    no_reminder_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """The newest version that was published.

    `named_office` is the office that the letters name. `receiving_office` is the office that has the version: the
    same, or one that Nav alone knows of; None once an office handed the notice on without knowing whose it is.
    `urgent`: it tells of children or of a petition.
    """

    version: int
    published_at: datetime
    named_office: OfficeNumber | None
    receiving_office: OfficeNumber | None
    petition_filed_on: date | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice with one of its versions: the newest, or the newest published one (`store.load`).

    `version` is the number of the newest version. `content_version` is the number of the version that `notice`
    belongs to, `version_id` its row, `version_office` the office that its letters name (None until it is fixed).
    `notice` is None once the content is erased. `protection` is None until the person register has answered.
    """

    id: NoticeId
    acting_organisation: str
    landlord_organisation: str | None
    landlord_key: str
    reference: str
    lease_reference: str
    status: NoticeStatus
    reason: str | None = None
    held_for: HeldFor | None = None
    version: int
    published_version: int | None = None
    rule_version: str
    office: OfficeNumber | None
    found_by: FoundBy
    reached_by: ReachedBy | None
    register_version: str
    remarks: tuple[Remark, ...]
    warning_sent_on: date | None
    planned_petition_date: date | None
    petition_filed_on: date | None = None
    assumed_sent_on: date
    sent_on: date | None = None
    received_on: date | None = None
    petition_recommended: date
    accepted_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    received_at: datetime | None = None
    fetched_at: datetime | None = None
    opened_at: datetime | None = None
    forwarded_at: datetime | None = None
    read_at: datetime | None = None
    closed_at: datetime | None = None
    tenant_urgent: bool = False
    body_digest: bytes
    answer_id: UUID
    content_version: int
    version_id: UUID
    version_created_at: datetime
    version_office: OfficeNumber | None = None
    protection: Protection | None = None
    published: PublishedVersion | None = None
    notice: Notice | None
    tenants: tuple[StoredTenant, ...]

    @property
    def dates(self) -> NoticeDates:
        """The petition's dates as of now, by the rule that the notice was accepted under."""
        return notice_dates(
            assumed_sent_on=self.assumed_sent_on,
            sent_on=self.sent_on,
            received_on=self.received_on,
            warning_sent_on=self.warning_sent_on,
            petition_lodged=self.petition_filed_on is not None,
            rule_version=self.rule_version,
        )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_published(self) -> bool:
        """Whether an office has the notice and it has not ended."""
        return self.status in PUBLISHED

    @property
    def is_urgent(self) -> bool:
        """Whether a caseworker should see the published notice first."""
        return self.is_open and (self.tenant_urgent or (self.published is not None and self.published.urgent))

    @property
    def receiving_office(self) -> OfficeNumber | None:
        """The office that has the notice: Nav's own business, told to Nav alone."""
        return None if self.published is None else self.published.receiving_office

    @property
    def named_office(self) -> OfficeNumber | None:
        """The office that the letters of the published version name."""
        return None if self.published is None else self.published.named_office

    @property
    def shown_office(self) -> OfficeNumber | None:
        """The office that everybody outside Nav sees: fixed for the version, or the one found so far."""
        return self.version_office or self.office

    @property
    def remaining_tenants(self) -> tuple[StoredTenant, ...]:
        """The tenants whom the notice names: all but those left out for a reservation."""
        return tuple(tenant for tenant in self.tenants if tenant.left_out_at is None)

    @property
    def named(self) -> tuple[tuple[StoredTenant, Tenant], ...]:
        """The tenants whom the notice names, each with what the landlord said of her."""
        if self.notice is None:
            return ()
        said = {tenant.id: tenant for tenant in self.notice.tenants}
        return tuple((row, said[row.id]) for row in self.remaining_tenants)


def lodged_on(notice: Notice) -> date | None:
    """Give the date of the petition that is lodged; None if there is none, or it was withdrawn."""
    return notice.petition.filed_on if notice.petition.is_lodged else None


def dated(notice: Notice, stored: StoredNotice) -> Notice:
    """Give the notice with the date of its sums: without one, they are of the day on which its version was sent."""
    if notice.breach.balance_as_of is not None:
        return notice
    return replace(notice, breach=replace(notice.breach, balance_as_of=oslo_date(stored.version_created_at)))


def is_urgent(notice: Notice) -> bool:
    """Whether a caseworker should see the notice first: children live there, or a petition is lodged."""
    return bool(notice.children_in_dwelling) or notice.petition.is_lodged


def distinct(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Each remark once, in the order first made."""
    return tuple(dict.fromkeys(remarks))


def endings_of(stored: StoredNotice, *, production: bool) -> frozenset[PersonOutcome]:
    """Give the endings that test persons among the tenants ask for; none in production."""
    if production or stored.notice is None:
        return frozenset()
    return outcomes_among(tenant.national_id for tenant in stored.notice.tenants)
