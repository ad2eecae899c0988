"""What a tenant does on her page besides what she says to the office: she reserves, and she reports misuse."""

from dataclasses import dataclass
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NewDelivery
from varsling.domain.dates import oslo_date
from varsling.domain.problems import NotFound
from varsling.domain.tenant import MisuseKind
from varsling.feed import service as feed
from varsling.notices import service as notices
from varsling.notices.service import TENANT
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.reservations import service as reservations
from varsling.reservations.service import PAGE, NewReservation, Reserving
from varsling.tenants import reports
from varsling.tenants.tables import misuse_reports


@dataclass(frozen=True, slots=True)
class Reserve(Change[None]):
    """She says no to notices (husleieloven § 9-11), here and to her landlord: the law makes it a message to him.

    One that the landlord's side registered for her is no reason not to keep her own: that side can take its own back.
    The same again changes nothing. Raises NotFound where nothing is kept of her any more.
    """

    context: Context
    tenant_id: UUID

    def apply(self, transaction: Transaction) -> None:
        connection, context = transaction.connection, self.context
        named = notices.tenant_of(connection, self.tenant_id)
        if named is None:
            raise NotFound
        stored = notices.lock_notice(transaction, context, named.notice_id)
        row = next(row for row in stored.tenants if row.id == self.tenant_id)
        said = next((one for one in stored.notice.tenants if one.id == row.id), None) if stored.notice else None
        if said is None:
            raise NotFound
        scope = context.settings.reservation_scope
        hers = reservations.traits(row.birth_index, row.number_index, row.family_indexes, stored.lease_reference)
        if reservations.in_force(connection, [row.birth_index], scope).reserved(hers, by_herself=True):
            return
        new = NewReservation(
            acting_organisation=stored.acting_organisation,
            landlord_organisation=stored.landlord_organisation,
            landlord_key=stored.landlord_key,
            lease_reference=stored.lease_reference,
            birth_index=row.birth_index,
            number_index=row.number_index,
            family_indexes=row.family_indexes,
            received_on=oslo_date(transaction.now),
            form=PAGE,
            content=Reserving(said.name, said.birth_date, said.national_id),
        )
        _, events = notices.reserve(transaction, context, new, actor=TENANT, answer_id=uuid7())
        sides = notices.landlord_side(stored)
        if not feed.any_reads(connection, sides, transaction.now, context.settings):
            letter = NewDelivery(stored.id, stored.version, DeliveryKind.LANDLORD, tenant_id=row.id)
            copies.queue(transaction, [letter])
        feed.append(transaction, events)


@dataclass(frozen=True, slots=True)
class Report(Change[None]):
    """She reports misuse to the operator; the landlord never hears of it. One report stands until it is closed."""

    context: Context
    tenant_id: UUID
    kinds: tuple[MisuseKind, ...]

    def apply(self, transaction: Transaction) -> None:
        named = notices.tenant_of(transaction.connection, self.tenant_id)
        if named is None:
            raise NotFound
        notices.lock_notice(transaction, self.context, named.notice_id)
        if reports.open_report_of(transaction.connection, self.tenant_id):
            return
        report_id = uuid7()
        content = self.context.keyring.cipher.encrypt(reports.CONTENT, report_id, orjson.dumps(self.kinds))
        transaction.connection.execute(
            misuse_reports.insert().values(
                id=report_id,
                tenant_id=self.tenant_id,
                notice_id=named.notice_id,
                reported_at=transaction.now,
                content=content,
            )
        )
        record(
            transaction, [AuditRow(AuditAction.TENANT_REPORTED, TENANT, named.notice_id, {"report": str(report_id)})]
        )
