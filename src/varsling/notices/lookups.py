"""Which notices: the conditions that select them, and the people whom they name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
import structlog

from varsling.access.principal import Principal
from varsling.context import Context
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Delivery, DeliveryKind
from varsling.domain.calendar import add_working_days
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import CopyStatus, WithdrawalReason
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NotFound
from varsling.domain.reservation import Traits
from varsling.domain.tenant import LeftOut
from varsling.feed import service as feed
from varsling.feed.service import GrantKind
from varsling.notices.store import load
from varsling.notices.stored import StoredNotice
from varsling.notices.tables import (
    is_accepted,
    is_open,
    is_published,
    notice_tenants,
    notice_versions,
    notices,
    was_published,
)
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction
from varsling.privacy.cipher import Cipher, Undecipherable
from varsling.reservations.service import split_indexes, traits

_log = structlog.get_logger(__name__)

_CLOSED_REASONS = tuple(reason.value for reason in WithdrawalReason if reason.closes_content)


def load_readable(connection: sa.Connection, cipher: Cipher, where: sa.ColumnElement[bool]) -> list[StoredNotice]:
    """Load the notices that `where` selects, for work on all of them: one that cannot be read stops no other."""
    try:
        return load(connection, cipher, where)
    except Undecipherable:
        found: list[StoredNotice] = []
    for notice_id in connection.scalars(sa.select(notices.c.id).where(where).order_by(notices.c.id)).all():
        try:
            found += load(connection, cipher, notices.c.id == notice_id)
        except Undecipherable as error:
            _log.error("notice_not_readable", notice=str(notice_id), error=type(error).__name__)
    return found


def readable_by(principal: Principal) -> sa.ColumnElement[bool]:
    """Select the notices that the caller reads and changes: its own submissions, and a landlord's token all its own."""
    return sa.or_(*readable_sides(principal))


def readable_sides(principal: Principal) -> list[sa.ColumnElement[bool]]:
    """Select the same by the sides on which the caller stands, each with an index."""
    submitted = notices.c.acting_organisation == principal.acting
    if principal.own_landlord is None:
        return [submitted]
    return [submitted, notices.c.represented_landlord == principal.own_landlord]


def granted_to(organisation: str, kinds: Sequence[GrantKind] = tuple(GrantKind)) -> sa.ColumnElement[bool]:
    """Select the published notices whose office the organisation has a grant of these kinds for."""
    granted = feed.granted_offices(organisation, kinds).subquery()
    covered = sa.or_(
        granted.c.office_number.is_(None), granted.c.office_number == notice_versions.c.receiving_office_number
    )
    return sa.exists(
        sa.select(notice_versions.c.id)
        .join(granted, covered)
        .where(notice_versions.c.notice_id == notices.c.id, notice_versions.c.version == notices.c.published_version)
        .correlate(notices)
    )


def waiting_for_an_integration() -> sa.ColumnElement[bool]:
    """Select the unpublished notices of a known office whose copies are all out: only a reader is missing."""
    return sa.and_(
        is_accepted,
        notices.c.held_for.is_(None),
        notices.c.office_number.is_not(None),
        sa.not_(deliveries.awaits_copy(notices.c.id)),
    )


def without_receiving_office() -> sa.ColumnElement[bool]:
    """Select the published notices whose office handed them on without knowing to whom."""
    c = notice_versions.c
    lost = sa.and_(was_published, c.receiving_office_number.is_(None))
    this = sa.exists().where(lost, c.notice_id == notices.c.id, c.version == notices.c.published_version)
    return sa.and_(is_published, notices.c.id.in_(sa.select(c.notice_id).where(lost)), this.correlate(notices))


def open_notices_about(connection: sa.Connection, birth_index: bytes) -> list[UUID]:
    """The open notices that name a tenant with this birth index."""
    statement = (
        sa.select(notices.c.id)
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .where(
            notice_tenants.c.birth_index == birth_index,
            notice_tenants.c.left_out_at.is_(None),
            is_open,
        )
        .distinct()
    )
    return list(connection.scalars(statement))


class Mention(NamedTuple):
    """A tenant whom a notice names, with what a reservation of hers is matched by."""

    notice_id: UUID
    acting_organisation: str
    reference: str
    version: int
    tenant_id: UUID
    traits: Traits


def mentions_of(connection: sa.Connection, birth_index: bytes) -> list[Mention]:
    """The tenants with this birth index in all notices whose content is kept, the newest notice first."""
    statement = (
        sa.select(
            notices.c.id,
            notices.c.acting_organisation,
            notices.c.reference,
            notices.c.version,
            notices.c.lease_reference,
            notice_tenants.c.id.label("tenant_id"),
            notice_tenants.c.number_index,
            notice_tenants.c.family_indexes,
        )
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .join(
            notice_versions,
            (notice_versions.c.notice_id == notices.c.id) & (notice_versions.c.version == notices.c.version),
        )
        .where(notice_tenants.c.birth_index == birth_index, notice_versions.c.content.is_not(None))
        .order_by(notices.c.id.desc())
    )
    return [
        Mention(
            row.id,
            row.acting_organisation,
            row.reference,
            row.version,
            row.tenant_id,
            traits(birth_index, row.number_index, split_indexes(row.family_indexes), row.lease_reference),
        )
        for row in connection.execute(statement)
    ]


class NamedTenant(NamedTuple):
    """A tenant of a notice: what her birth date and number are compared with, and the landlord whose lock she takes."""

    notice_id: UUID
    landlord_key: str
    birth_index: bytes
    number_index: bytes | None


def tenant_of(connection: sa.Connection, tenant_id: UUID) -> NamedTenant | None:
    """The tenant with this id, whatever became of the notice."""
    query = (
        sa.select(notices.c.id, notices.c.landlord_key, notice_tenants.c.birth_index, notice_tenants.c.number_index)
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .where(notice_tenants.c.id == tenant_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else NamedTenant(row.id, row.landlord_key, row.birth_index, row.number_index)


def count_earlier(connection: sa.Connection, stored: StoredNotice) -> int:
    """Count the landlord's earlier notices that came to Nav about tenants whom this notice names.

    Another landlord's cannot be matched: each landlord's indexes have a key of their own.
    """
    c, births = notice_tenants.c, [tenant.birth_index for tenant in stored.remaining_tenants]
    statement = (
        sa.select(sa.func.count(sa.distinct(notices.c.id)))
        .join(notice_tenants, c.notice_id == notices.c.id)
        .where(
            c.birth_index.in_(births),
            c.left_out_at.is_(None),
            notices.c.id != stored.id,
            notices.c.accepted_at < stored.accepted_at,
            notices.c.published_version.is_not(None),
            sa.or_(notices.c.reason.is_(None), notices.c.reason.not_in(_CLOSED_REASONS)),
        )
    )
    return connection.scalar(statement) or 0


def as_published(connection: sa.Connection, context: Context, notice_id: UUID) -> StoredNotice:
    """The notice with the version that the office has; before publication, with the newest. Raises NotFound."""
    cipher, this = context.keyring.cipher, notices.c.id == notice_id
    found = load(connection, cipher, this, published=True) or load(connection, cipher, this)
    if not found:
        raise NotFound
    return found[0]


def letters_to_receiving_office(stored: StoredNotice, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The letters to the office that has the notice, on their way or dispatched, oldest first."""
    return [
        one
        for one in deliveries
        if one.kind is DeliveryKind.OFFICE
        and one.office_number == stored.receiving_office
        and one.status is not CopyStatus.NOT_SENT
    ]


def decide_by(connection: sa.Connection, stored: StoredNotice, working_days: int) -> date:
    """The last day on which a person may decide about a held notice; afterwards it is blocked."""
    held = audit.history(connection, stored.id, {AuditAction.NOTICE_HELD})
    since = held[-1].at if held else stored.accepted_at
    return add_working_days(oslo_date(since), working_days)


def petitions(connection: sa.Connection, notice_id: UUID) -> Mapping[int, date | None]:
    """Give the petition that each version of a notice tells is lodged."""
    c = notice_versions.c
    rows = connection.execute(sa.select(c.version, c.petition_filed_on).where(c.notice_id == notice_id))
    return {row.version: row.petition_filed_on for row in rows}


class Publishable(NamedTuple):
    """A version's row, as its publication needs it."""

    id: UUID
    version: int
    named_office: OfficeNumber | None
    petition_filed_on: date | None
    urgent: bool


def publishable(connection: sa.Connection, notice_id: UUID, version: int) -> Publishable:
    """Give one of a notice's versions."""
    c = notice_versions.c
    query = sa.select(c.id, c.version, c.office_number, c.petition_filed_on, c.urgent)
    return Publishable(*connection.execute(query.where(c.notice_id == notice_id, c.version == version)).one())


class Named(NamedTuple):
    """The birth indexes of a notice's tenants: of those whom it names, and also of those left out for a reservation."""

    remaining: frozenset[bytes]
    reserved: frozenset[bytes] = frozenset()

    def is_meant_by(self, named: frozenset[bytes]) -> bool:
        """Tell whether a notice that names these is about the same tenants."""
        return self.remaining <= named <= self.remaining | self.reserved


def named_in(connection: sa.Connection, notice_ids: Collection[UUID]) -> Mapping[UUID, Named]:
    """Give the tenants of each notice."""
    if not notice_ids:
        return {}
    c = notice_tenants.c
    found: defaultdict[UUID, tuple[set[bytes], set[bytes]]] = defaultdict(lambda: (set(), set()))
    query = sa.select(c.notice_id, c.birth_index, c.left_out_for).where(c.notice_id.in_(notice_ids))
    for row in connection.execute(query):
        if row.left_out_for != LeftOut.WRONG_PERSON.value:
            found[row.notice_id][row.left_out_for is not None].add(row.birth_index)
    return {notice_id: Named(*map(frozenset, both)) for notice_id, both in found.items()}
