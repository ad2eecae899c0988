"""From deliveries to parcels: a batch's sources are read together; each letter is written, or taken as it was kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

import sqlalchemy as sa
import structlog

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Delivery, DeliveryId, DeliveryKind, LetterToKeep, Parcel
from varsling.dispatch.compose import Addressed, Sources, Unwritable
from varsling.dispatch.compose_landlord import compose_landlord_letter
from varsling.dispatch.compose_office import compose_office_letter, compose_office_second_letter
from varsling.dispatch.compose_tenant import compose_copy, compose_second_letter
from varsling.domain.dates import oslo_date
from varsling.letters.render import render
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice
from varsling.privacy.cipher import Undecipherable
from varsling.tenants.service import PrintedCode, Statements, codes_of, statements_of

_log = structlog.get_logger(__name__)

_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN, DeliveryKind.SECOND)


@dataclass(frozen=True, slots=True)
class Task:
    """A letter to write. `kept` is the letter as rendered before: it goes out, unless this way has another code."""

    delivery: Delivery
    sources: Sources
    kept: LetterToKeep | None


@dataclass(frozen=True, slots=True)
class Written:
    """`rendered` is a new letter to keep. `replaced`: the fonts lacked a character in it."""

    parcel: Parcel
    rendered: LetterToKeep | None = None
    replaced: bool = False


def collect_readable(context: Context, taken: Collection[Delivery], by_email: Collection[DeliveryId]) -> list[Task]:
    """Collect the sources of a batch's letters. One of a notice that is gone or cannot be read is missing, and stops no
    other."""
    try:
        return collect_sources(context, taken, by_email)
    except Undecipherable:
        tasks: list[Task] = []
    for delivery in taken:
        try:
            tasks += collect_sources(context, [delivery], by_email)
        except Undecipherable as error:
            _log.error("letter_not_readable", delivery=str(delivery.id), error=type(error).__name__)
    return tasks


def collect_sources(context: Context, taken: Collection[Delivery], by_email: Collection[DeliveryId]) -> list[Task]:
    """Collect the sources of a batch's letters, of which some go by e-mail now. Deliveries whose notice is gone are
    missing."""
    if not taken:
        return []
    wanted = {(one.notice_id, one.version) for one in taken}
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
        stored = notices.load_versions(connection, context, wanted)
    stored |= _fix_offices(context, stored, today)
    to_offices = _make_codes(context, taken)
    with reading(context.engine) as connection:
        read = _read(connection, context, taken, stored, today)
    return [
        Task(one, read.sources_of(context, one, notice, to_offices, by_email=one.id in by_email), read.kept.get(one.id))
        for one in taken
        if (notice := stored.get((one.notice_id, one.version))) is not None
    ]


@dataclass(frozen=True, slots=True)
class _Read:
    """The data that a batch's letters need besides their notices."""

    today: date
    siblings: Mapping[UUID, Sequence[Delivery]]
    codes: Mapping[bytes, PrintedCode]
    statements: Mapping[UUID, Statements]
    kept: Mapping[DeliveryId, LetterToKeep]
    codes_sent: Collection[UUID]

    def sources_of(
        self,
        context: Context,
        delivery: Delivery,
        notice: StoredNotice,
        to_offices: Mapping[DeliveryId, str],
        *,
        by_email: bool,
    ) -> Sources:
        tenant_id, number = delivery.tenant_id, delivery.office_number or notice.shown_office
        printed = self._code(context, delivery, notice, by_email=by_email) if tenant_id else None
        return Sources(
            settings=context.settings,
            stored=notice,
            siblings=self.siblings[delivery.notice_id],
            office=context.offices.office(number) if number else None,
            code=printed.code if printed else to_offices.get(delivery.id),
            code_id=printed.id if printed and delivery.kind in _TO_TENANTS else None,
            code_known=printed is not None and printed.id in self.codes_sent,
            today=self.today,
            statements=self.statements.get(tenant_id, Statements()) if tenant_id else Statements(),
        )

    def _code(
        self, context: Context, delivery: Delivery, notice: StoredNotice, *, by_email: bool
    ) -> PrintedCode | None:
        """Find the code of the address that the notice's own document gives for a tenant, and of the way to it."""
        said = notice.notice
        tenant = next((one for one in said.tenants if one.id == delivery.tenant_id), None) if said else None
        if said is None or tenant is None:
            return None
        by_email = by_email and tenant.email is not None
        return self.codes.get(context.keyring.index.address(tenant, said.dwelling, by_email=by_email))


def _read(
    connection: sa.Connection,
    context: Context,
    taken: Collection[Delivery],
    stored: Mapping[tuple[UUID, int], StoredNotice],
    today: date,
) -> _Read:
    siblings: defaultdict[UUID, list[Delivery]] = defaultdict(list)
    for sibling in deliveries.of_notices(connection, {one.notice_id for one in taken}):
        siblings[sibling.notice_id].append(sibling)
    cipher = context.keyring.cipher
    again = {one.notice_id for one in taken if one.kind is DeliveryKind.SECOND}
    before = [one.id for notice_id in again for one in siblings[notice_id]]
    stating = {one.tenant_id for one in taken if one.tenant_id and one.kind is DeliveryKind.OFFICE_SECOND}
    return _Read(
        today=today,
        siblings=siblings,
        codes=codes_of(connection, cipher, {one.tenant_id for one in taken if one.tenant_id}),
        statements=statements_of(connection, cipher, stating) if stating else {},
        codes_sent=deliveries.codes_of_copies(connection, before) if before else frozenset(),
        kept=deliveries.kept_letters(
            connection,
            {one.id: at.updated_at for one in taken if (at := stored.get((one.notice_id, one.version))) is not None},
        ),
    )


def write_letter(context: Context, task: Task) -> Written:
    """Make the parcel of a delivery. Raises Unwritable, OfficeUnknown, Bounces."""
    letter = _content(task.delivery, task.sources)
    cipher, delivery_id = context.keyring.cipher, task.delivery.id
    if task.kept is not None and task.kept.code_id == task.sources.code_id:
        pdf = deliveries.open_letter(cipher, delivery_id, task.kept.encrypted)
        return Written(_parcel(task.delivery, letter, pdf))
    rendered = render(letter.content, context.settings.print_envelope)
    kept = LetterToKeep(deliveries.seal_letter(cipher, delivery_id, rendered.pdf), task.sources.code_id)
    return Written(_parcel(task.delivery, letter, rendered.pdf), kept, rendered.replaced)


def _content(delivery: Delivery, sources: Sources) -> Addressed:
    """Compose the letter of a delivery. Raises Unwritable if there is nothing to say any more."""
    notice = sources.stored.notice
    if notice is None:
        raise Unwritable
    match delivery.kind:
        case DeliveryKind.COPY | DeliveryKind.COPY_AGAIN:
            if not sources.stored.is_open:
                raise Unwritable
            return compose_copy(delivery, sources, notice)
        case DeliveryKind.SECOND:
            return compose_second_letter(delivery, sources, notice)
        case DeliveryKind.OFFICE:
            return compose_office_letter(delivery, sources, notice)
        case DeliveryKind.OFFICE_SECOND:
            return compose_office_second_letter(delivery, sources, notice)
        case DeliveryKind.LANDLORD:
            return compose_landlord_letter(delivery, sources, notice)
        case _:
            assert_never(delivery.kind)


def _parcel(delivery: Delivery, letter: Addressed, pdf: bytes) -> Parcel:
    return Parcel(
        delivery_id=delivery.id,
        kind=delivery.kind,
        language=letter.content.language.value,
        to=letter.to,
        address=letter.address,
        pdf=pdf,
        code=letter.access.code if letter.access else None,
        link=letter.access.link if letter.access else None,
        page=letter.page,
        office_number=letter.office_number,
    )


def _fix_offices(
    context: Context, stored: Mapping[tuple[UUID, int], StoredNotice], today: date
) -> Mapping[tuple[UUID, int], StoredNotice]:
    """Fix the office of the newest versions without one, in a transaction of its own, before any letter names it."""
    missing = [one for (_, version), one in stored.items() if one.version_office is None and one.version == version]
    if not missing:
        return {}
    resolutions = notices.resolve_offices(context, missing, today)
    answers = notices.protection_answers(context, missing)
    fixed = context.writer.submit_and_wait(notices.FixOffices(context, resolutions, answers))
    return {(one.id, one.version): one for one in fixed if (one.id, one.version) in stored}


def _make_codes(context: Context, taken: Collection[Delivery]) -> Mapping[DeliveryId, str]:
    """Give the code of each letter to an office, and make the missing ones."""
    ids = [one.id for one in taken if one.kind is DeliveryKind.OFFICE]
    if not ids:
        return {}
    cipher = context.keyring.cipher
    with reading(context.engine) as connection:
        known = deliveries.office_codes_of(connection, cipher, ids)
    if missing := [one for one in ids if one not in known]:
        context.writer.submit_and_wait(deliveries.MakeOfficeCodes(context.keyring, missing))
        with reading(context.engine) as connection:
            known = deliveries.office_codes_of(connection, cipher, ids)
    return known
