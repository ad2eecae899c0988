"""From deliveries to parcels: a batch's sources are read at once, each letter is written or taken as it was kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import store
from varsling.deliveries.channels.channel import Parcel
from varsling.deliveries.office_codes import MakeOfficeCodes, office_codes_of
from varsling.deliveries.store import LETTER, Delivery, DeliveryId, DeliveryKind
from varsling.deliveries.tables import letters
from varsling.dispatch.compose import Addressed, Sources, Unwritable
from varsling.dispatch.compose_landlord import landlord_letter
from varsling.dispatch.compose_office import office_letter, office_second_letter
from varsling.dispatch.compose_tenant import second_letter, tenant_copy
from varsling.domain.dates import oslo_date
from varsling.letters.render import render
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice
from varsling.tenants.service import Said, codes_of, said_by


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


def lay_out(context: Context, deliveries: Collection[Delivery]) -> list[Task]:
    """What the letters of a batch are made of; those whose notice is gone are missing."""
    if not deliveries:
        return []
    _fix_offices(context, deliveries)
    _make_codes(context, deliveries)
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
        notice_ids = sorted({one.notice_id for one in deliveries})
        stored = notices.load_versions(connection, context, {(one.notice_id, one.version) for one in deliveries})
        siblings: dict[UUID, list[Delivery]] = {notice_id: [] for notice_id in notice_ids}
        for sibling in store.of_notices(connection, notice_ids):
            siblings[sibling.notice_id].append(sibling)
        tenant_ids = {one.tenant_id for one in deliveries if one.tenant_id}
        codes = codes_of(connection, context.keyring.cipher, tenant_ids)
        said = said_by(connection, context.keyring.cipher, tenant_ids)
        to_offices = office_codes_of(connection, context.keyring.cipher, [one.id for one in deliveries])
        kept = _kept(connection, deliveries, stored)
    tasks = []
    for delivery in deliveries:
        notice = stored.get((delivery.notice_id, delivery.version))
        if notice is None:
            continue
        number = delivery.office_number or notice.version_office or notice.office
        sources = Sources(
            settings=context.settings,
            stored=notice,
            siblings=siblings[delivery.notice_id],
            office=context.offices.office(number) if number else None,
            code=codes.get(delivery.tenant_id) if delivery.tenant_id else to_offices.get(delivery.id),
            today=today,
            said=said.get(delivery.tenant_id, Said()) if delivery.tenant_id else Said(),
        )
        tasks.append(Task(delivery, sources, kept.get(delivery.id)))
    return tasks


def write_letter(context: Context, task: Task) -> Written:
    """The parcel of a delivery. Raises Unwritable, or OfficeUnknown."""
    letter = _content(task.delivery, task.sources)
    cipher = context.keyring.cipher
    if task.kept is not None:
        return Written(_parcel(task.delivery, letter, cipher.decrypt(LETTER, task.delivery.id, task.kept)))
    rendered = render(letter.content)
    encrypted = cipher.encrypt(LETTER, task.delivery.id, rendered.pdf)
    return Written(_parcel(task.delivery, letter, rendered.pdf), encrypted, rendered.replaced)


def _content(delivery: Delivery, sources: Sources) -> Addressed:
    """What the letter of a delivery says. Raises Unwritable where there is nothing to say any more."""
    notice = sources.stored.notice
    if notice is None:
        raise Unwritable
    match delivery.kind:
        case DeliveryKind.COPY:
            return tenant_copy(delivery, sources, notice)
        case DeliveryKind.SECOND:
            return second_letter(delivery, sources, notice)
        case DeliveryKind.OFFICE:
            return office_letter(delivery, sources, notice)
        case DeliveryKind.OFFICE_SECOND:
            return office_second_letter(delivery, sources, notice)
        case DeliveryKind.LANDLORD:
            return landlord_letter(delivery, sources, notice)
        case _:
            assert_never(delivery.kind)


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
    if missing := notices.without_office(context, {(one.notice_id, one.version) for one in deliveries}):
        resolutions, protections = notices.resolved(context, missing), notices.protections(context, missing)
        context.writer.submit_and_wait(notices.FixOffices(context, resolutions, protections))


def _make_codes(context: Context, deliveries: Collection[Delivery]) -> None:
    """A code for each letter to an office that has none yet."""
    if ids := [one.id for one in deliveries if one.kind is DeliveryKind.OFFICE]:
        with reading(context.engine) as connection:
            known = office_codes_of(connection, context.keyring.cipher, ids)
        if missing := [one for one in ids if one not in known]:
            context.writer.submit_and_wait(MakeOfficeCodes(context.keyring, missing))


def _kept(
    connection: sa.Connection, deliveries: Collection[Delivery], stored: Mapping[tuple[UUID, int], StoredNotice]
) -> Mapping[DeliveryId, bytes]:
    """The letters that were written before, and of which all is still true.

    One from before the notice's last change may name a tenant who has reserved since; no channel has it, or it would
    not be asked for.
    """
    these = {one.id: stored.get((one.notice_id, one.version)) for one in deliveries}
    changed = {delivery_id: one.updated_at for delivery_id, one in these.items() if one is not None}
    query = sa.select(letters).where(letters.c.delivery_id.in_(changed), letters.c.pdf.is_not(None))
    return {
        row.delivery_id: row.pdf for row in connection.execute(query) if row.rendered_at >= changed[row.delivery_id]
    }
