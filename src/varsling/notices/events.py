"""Who is told when something happens to a notice: events for streams, second letters for tenants."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import Delivery, DeliveryKind, NewDelivery, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.notice import TenantId
from varsling.domain.office import OfficeNumber
from varsling.notices.store import StoredNotice
from varsling.notices.tables import notice_versions


def landlord_side(stored: StoredNotice) -> tuple[str, ...]:
    """The organisations whose systems follow the notice: who sent it, and the landlord where it is another."""
    sides = (stored.acting_organisation, stored.landlord_organisation)
    return tuple(dict.fromkeys(side for side in sides if side is not None))


def landlord_event(
    stored: StoredNotice, kind: EventType, version: int | None = None, members: Mapping[str, Any] | None = None
) -> Event:
    """An event for the landlord's side. Its office is the one that the landlord sees, whatever Nav did since."""
    return Event(
        type=kind,
        notice=stored.id,
        version=version or stored.version,
        office=stored.office,
        members={"reference": stored.reference, "landlord": stored.landlord_organisation, **(members or {})},
        organisations=landlord_side(stored),
    )


def office_event(
    stored: StoredNotice,
    kind: EventType,
    office: OfficeNumber,
    version: int | None = None,
    members: Mapping[str, Any] | None = None,
) -> Event:
    """An event for every integration that may see the office's notices."""
    return Event(
        type=kind,
        notice=stored.id,
        version=version or stored.version,
        office=office,
        members=members or {},
        readers_of_office=office,
    )


def receiving_office_of(connection: sa.Connection, stored: StoredNotice) -> OfficeNumber | None:
    """The office that has the published version: the one that it was published to, or forwarded to since."""
    return _of_published(connection, stored, notice_versions.c.receiving_office_number)


def named_office(connection: sa.Connection, stored: StoredNotice) -> OfficeNumber | None:
    """The office that the copies of the published version name, whoever has it since."""
    return _of_published(connection, stored, notice_versions.c.office_number)


def _of_published(connection: sa.Connection, stored: StoredNotice, column: sa.Column[str]) -> OfficeNumber | None:
    c = notice_versions.c
    asked = sa.select(column).where(c.notice_id == stored.id, c.version == stored.published_version)
    number = connection.scalar(asked)
    return None if number is None else OfficeNumber(number)


def letters_there(connection: sa.Connection, stored: StoredNotice) -> list[Delivery]:
    """The letters to the office that has the notice, on their way or out, oldest first."""
    office = receiving_office_of(connection, stored)
    return [
        one
        for one in copies.deliveries_of(connection, stored.id)
        if one.kind is DeliveryKind.OFFICE and one.office_number == office and one.status is not CopyStatus.NOT_SENT
    ]


def write_to(transaction: Transaction, stored: StoredNotice, kind: SecondKind, tenants: Collection[UUID]) -> None:
    """Queue a second letter to each of these tenants."""
    copies.queue(
        transaction,
        [
            NewDelivery(stored.id, stored.version, DeliveryKind.SECOND, tenant_id=tenant.id, second=kind)
            for tenant in stored.tenants
            if tenant.id in tenants
        ],
    )


def write_to_offices(transaction: Transaction, stored: StoredNotice, kind: SecondKind) -> None:
    """Queue a letter that the notice has ended to each office that has it, or may have it, on paper."""
    have = {
        one.office_number
        for one in copies.deliveries_of(transaction.connection, stored.id)
        if one.kind is DeliveryKind.OFFICE and one.may_have_arrived and one.office_number is not None
    }
    copies.queue(
        transaction,
        [
            NewDelivery(stored.id, stored.version, DeliveryKind.OFFICE_SECOND, office_number=office, second=kind)
            for office in sorted(have)
        ],
    )


def still_told(connection: sa.Connection, stored: StoredNotice) -> frozenset[TenantId]:
    """The tenants who have or may have a copy, and were not told since that nothing comes of it.

    A letter that a newer version was not published takes nothing back of the one that stands.
    """
    published = stored.published_version
    told: set[UUID | None] = set()
    for one in copies.deliveries_of(connection, stored.id):
        if one.kind is DeliveryKind.COPY and one.may_have_arrived:
            told.add(one.tenant_id)
        elif one.second is SecondKind.NOT_PUBLISHED and (published is None or one.version <= published):
            told.discard(one.tenant_id)
    return frozenset(tenant.id for tenant in stored.tenants if tenant.id in told)


def with_copy_of(connection: sa.Connection, stored: StoredNotice, version: int) -> frozenset[TenantId]:
    """The tenants who have or may have a copy of the version, and no letter that it was not published."""
    sent = [one for one in copies.deliveries_of(connection, stored.id) if one.version == version]
    undone = {one.tenant_id for one in sent if one.second is SecondKind.NOT_PUBLISHED}
    have = {one.tenant_id for one in sent if one.kind is DeliveryKind.COPY and one.may_have_arrived}
    return frozenset(tenant.id for tenant in stored.tenants if tenant.id in have - undone)
