"""From deliveries to parcels: a batch's sources are read at once, each letter is written or taken as it was kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.copies import store
from varsling.copies.channels.channel import Parcel
from varsling.copies.content import Addressed, Sources, write
from varsling.copies.letters.render import render
from varsling.copies.store import Delivery, DeliveryId
from varsling.copies.tables import letters
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.domain.dates import oslo_date
from varsling.notices.locked import lock_landlords
from varsling.notices.store import StoredNotice, load
from varsling.notices.tables import notice_versions, notices
from varsling.offices import service as offices
from varsling.tenant.tables import tenant_codes

LETTER = "letters.pdf"
_CODE = "tenant_codes.code"


@dataclass(frozen=True, slots=True)
class Task:
    """A letter to write. `kept` is it as it was rendered before, encrypted: then that goes out and no other."""

    delivery: Delivery
    sources: Sources
    kept: bytes | None


@dataclass(frozen=True, slots=True)
class Written:
    """`encrypted` is what to keep of a letter rendered now; `replaced`: a character in it could not be shown."""

    parcel: Parcel
    encrypted: bytes | None = None
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class FixOffices(Change[None]):
    """Fix the office of versions whose first copy is being written, a closed one giving way to its successor."""

    version_ids: Collection[UUID]

    def apply(self, transaction: Transaction) -> None:
        versions = notice_versions.c
        of_these = versions.id.in_(self.version_ids)
        keys = (
            sa.select(notices.c.landlord_key).join(notice_versions, versions.notice_id == notices.c.id).where(of_these)
        )
        lock_landlords(transaction, list(transaction.connection.scalars(keys)))
        query = (
            sa.select(versions.id, notices.c.office_number)
            .join(notices, notices.c.id == versions.notice_id)
            .where(of_these, versions.office_number.is_(None))
            .where(notices.c.office_number.is_not(None))
            .order_by(versions.id)
        )
        for version_id, number in transaction.connection.execute(query).all():
            current = offices.current_office(number)
            transaction.connection.execute(
                notice_versions.update()
                .where(versions.id == version_id, versions.office_number.is_(None))
                .values(office_number=current.number if current else number)
            )


def lay_out(context: Context, deliveries: Collection[Delivery]) -> list[Task]:
    """What the letters of a batch are made of; those whose notice is gone are missing."""
    if not deliveries:
        return []
    _fix_offices(context, deliveries)
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
        notice_ids = sorted({one.notice_id for one in deliveries})
        stored: dict[UUID, StoredNotice] = {
            one.id: one for one in load(connection, context.keyring.cipher, notices.c.id.in_(notice_ids))
        }
        siblings: dict[UUID, list[Delivery]] = {notice_id: [] for notice_id in notice_ids}
        for sibling in store.of_notices(connection, notice_ids):
            siblings[sibling.notice_id].append(sibling)
        codes = _codes(connection, context, {one.tenant_id for one in deliveries if one.tenant_id})
        kept = _kept(connection, deliveries, stored)
    tasks = []
    for delivery in deliveries:
        notice = stored.get(delivery.notice_id)
        if notice is None:
            continue
        number = delivery.office_number or notice.version_office or notice.office
        sources = Sources(
            settings=context.settings,
            stored=notice,
            siblings=siblings[delivery.notice_id],
            office=offices.office(number) if number else None,
            code=codes.get(delivery.tenant_id) if delivery.tenant_id else None,
            today=today,
        )
        tasks.append(Task(delivery, sources, kept.get(delivery.id)))
    return tasks


def write_letter(context: Context, task: Task) -> Written:
    """The parcel of a delivery. Raises Unwritable, or OfficeUnknown."""
    letter = write(task.delivery, task.sources)
    cipher = context.keyring.cipher
    if task.kept is not None:
        return Written(_parcel(task.delivery, letter, cipher.decrypt(LETTER, task.delivery.id, task.kept)))
    rendered = render(letter.content)
    encrypted = cipher.encrypt(LETTER, task.delivery.id, rendered.pdf)
    return Written(_parcel(task.delivery, letter, rendered.pdf), encrypted, rendered.replaced)


def _parcel(delivery: Delivery, letter: Addressed, pdf: bytes) -> Parcel:
    return Parcel(
        delivery_id=delivery.id,
        kind=delivery.kind,
        language=letter.content.language.value,
        address=letter.address,
        pdf=pdf,
        code=letter.access.code if letter.access else None,
        link=letter.access.link if letter.access else None,
        office_number=letter.office_number,
        organisation_number=letter.organisation_number,
    )


def _fix_offices(context: Context, deliveries: Collection[Delivery]) -> None:
    """A transaction of its own, before any letter names the office; nothing where all are fixed."""
    versions = notice_versions.c
    wanted = {(one.notice_id, one.version) for one in deliveries}
    with reading(context.engine) as connection:
        query = sa.select(versions.id, versions.notice_id, versions.version).where(
            versions.notice_id.in_({notice_id for notice_id, _ in wanted}), versions.office_number.is_(None)
        )
        missing = [row.id for row in connection.execute(query) if (row.notice_id, row.version) in wanted]
    if missing:
        context.writer.submit_and_wait(FixOffices(missing))


def _codes(connection: sa.Connection, context: Context, tenants: Collection[UUID]) -> Mapping[UUID, str]:
    query = sa.select(tenant_codes.c.id, tenant_codes.c.tenant_id, tenant_codes.c.code).where(
        tenant_codes.c.tenant_id.in_(tenants), tenant_codes.c.code.is_not(None)
    )
    decrypt = context.keyring.cipher.decrypt
    return {row.tenant_id: decrypt(_CODE, row.id, row.code).decode() for row in connection.execute(query)}


def _kept(
    connection: sa.Connection, deliveries: Collection[Delivery], stored: Mapping[UUID, StoredNotice]
) -> Mapping[DeliveryId, bytes]:
    """The letters that were written before, and of which all is still true.

    One from before the notice's last change may name a tenant who has reserved since; no channel has it, or it would
    not be asked for.
    """
    changed = {one.id: stored[one.notice_id].updated_at for one in deliveries if one.notice_id in stored}
    query = sa.select(letters).where(letters.c.delivery_id.in_(changed), letters.c.pdf.is_not(None))
    return {
        row.delivery_id: row.pdf for row in connection.execute(query) if row.rendered_at >= changed[row.delivery_id]
    }
