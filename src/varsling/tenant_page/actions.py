"""A tenant's actions on her page besides her statements to the office: she reserves, and she reports misuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.command_base import Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries.service import DeliveryKind, NewDelivery
from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.domain.limits import DAY, require_few
from varsling.domain.problems import NotFound
from varsling.domain.tenant import MisuseKind
from varsling.feed import service as feed
from varsling.notices import service as notices
from varsling.notices.service import LockedNotice, StoredNotice
from varsling.privacy.audit import AuditAction
from varsling.reservations import service as reservations
from varsling.reservations.service import PAGE, NewReservation, Reserving, StoredReservation
from varsling.tenant_page.login import Session
from varsling.tenant_page.own import named_in, own_reservations
from varsling.tenants import service as tenants

RESERVATIONS_A_DAY = 5


class _Locked(NamedTuple):
    """Her notice, and the landlord's open notices that her reservation may meet, her own included."""

    notice: LockedNotice
    met: Sequence[LockedNotice]


@dataclass(frozen=True, slots=True)
class ReserveOnPage(Command[_Locked, None]):
    """A tenant reserves (husleieloven § 9-11): here, and to her landlord, whom the law makes the addressee.

    A reservation that the landlord's side registered for her does not replace her own: that side can revoke its own.
    The same again changes nothing. Raises NotFound once her data are erased.
    """

    tenant_id: UUID

    def lock(self, transaction: Transaction) -> _Locked:
        notice = _lock_notice_of(transaction, self.context, self.tenant_id)
        row = next(row for row in notice.stored.tenants if row.id == self.tenant_id)
        found = notices.open_notices_about(transaction.connection, row.birth_index)
        others = notices.load_locked(transaction, self.context, [one for one in found if one != notice.stored.id])
        return _Locked(notice, [notice, *others] if notice.stored.id in found else others)

    def decide(self, locked: _Locked) -> Decision[None]:
        stored = locked.notice.stored
        transaction = locked.notice.transaction
        new = self._reservation(stored, locked.notice.today)
        own = own_reservations(transaction.connection, self.context, stored, self.tenant_id)
        if any(one.form == PAGE for one in own):
            return Decision(None)
        answer_id = uuid7()
        _, events = notices.reserve(transaction, self.context, new, locked.met, actor=Actor.TENANT, answer_id=answer_id)
        sides = notices.landlord_side(stored)
        if not feed.any_reads(transaction.connection, sides, transaction.now, self.context.settings):
            version = locked.notice.stored.version
            letter = NewDelivery(stored.id, version, DeliveryKind.LANDLORD, tenant_id=self.tenant_id)
            locked.notice.outbox.queue([letter])
        return Decision(None, events)

    def store(self, transaction: Transaction, locked: _Locked) -> None:
        others = [one for one in locked.met if one is not locked.notice]
        notices.store_changes(transaction, [locked.notice, *others])

    def _reservation(self, stored: StoredNotice, today: date) -> NewReservation:
        row = next(row for row in stored.tenants if row.id == self.tenant_id)
        said = named_in(stored, self.tenant_id)
        if said is None:
            raise NotFound
        return NewReservation(
            acting_organisation=stored.acting_organisation,
            landlord_organisation=stored.landlord_organisation,
            landlord_key=stored.landlord_key,
            lease_reference=stored.lease_reference,
            birth_index=row.birth_index,
            number_index=row.number_index,
            family_indexes=row.family_indexes,
            received_on=today,
            form=PAGE,
            content=Reserving(said.name, said.birth_date, said.national_id),
        )


@dataclass(frozen=True, slots=True)
class UndoReservation(Command[LockedNotice, None]):
    """A tenant who has proved who she is takes back her reservations against her landlord, wherever they were made.

    What they stopped stays stopped. Her landlord's side hears of it. Raises NotFound once her data are erased, and
    RateLimited if she reserves and takes it back all day: he gets a letter for each. To reserve is never refused.
    """

    tenant_id: UUID

    def lock(self, transaction: Transaction) -> LockedNotice:
        return _lock_notice_of(transaction, self.context, self.tenant_id)

    def decide(self, locked: LockedNotice) -> Decision[None]:
        own = own_reservations(locked.transaction.connection, self.context, locked.stored, self.tenant_id)
        if own:
            made = reservations.made_on_page(locked.transaction.connection, own[0].birth_index, locked.now - DAY)
            require_few(made, RESERVATIONS_A_DAY, locked.now)
        return Decision(None, [self._undo(locked, one) for one in own])

    def _undo(self, locked: LockedNotice, one: StoredReservation) -> Event:
        event = reservations.revoke(
            locked.transaction, one, actor=Actor.TENANT, form=PAGE, received_on=locked.today, letter=False
        )
        scope = self.context.settings.reservation_scope
        return notices.in_its_notice(locked.transaction.connection, scope, one, event)


@dataclass(frozen=True, slots=True)
class StopReminder(Command[LockedNotice, None]):
    """A tenant wants no reminder (policy `reminder_days`). Raises NotFound once her data are erased."""

    tenant_id: UUID

    def lock(self, transaction: Transaction) -> LockedNotice:
        return _lock_notice_of(transaction, self.context, self.tenant_id)

    def decide(self, locked: LockedNotice) -> Decision[None]:
        notices.stop_reminder(locked.transaction, self.tenant_id)
        return Decision(None)


@dataclass(frozen=True, slots=True)
class ReportMisuse(Command[LockedNotice, None]):
    """A tenant reports misuse to the operator. The landlord never hears of it. One made through her code
    waits at a time."""

    session: Session
    kinds: tuple[MisuseKind, ...]

    def lock(self, transaction: Transaction) -> LockedNotice:
        return _lock_notice_of(transaction, self.context, self.session.tenant_id)

    def decide(self, locked: LockedNotice) -> Decision[None]:
        transaction, cipher, her = locked.transaction, self.context.keyring.cipher, self.session
        report = tenants.file_report(transaction, cipher, her.tenant_id, her.code_id, locked.stored.id, self.kinds)
        if report is not None:
            locked.log(AuditAction.TENANT_REPORTED, Actor.TENANT, {"report": str(report)})
        return Decision(None)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        notices.store_changes(transaction, [locked])


def _lock_notice_of(transaction: Transaction, context: Context, tenant_id: UUID) -> LockedNotice:
    named = notices.tenant_of(transaction.connection, tenant_id)
    if named is None:
        raise NotFound
    return notices.lock_notice(transaction, context, named.notice_id)
