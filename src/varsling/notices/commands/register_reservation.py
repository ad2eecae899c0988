"""A landlord's system registers a reservation that the landlord received, or revokes one that it registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access.idempotency import StoredAnswer
from varsling.access.principal import Principal
from varsling.command_base import Decision, KeyedCommand
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import DeliveryKind, NewDelivery, SecondKind
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.limits import DAY
from varsling.domain.problems import Code, Fault, Forbidden, Refused
from varsling.landlords import service as landlords
from varsling.notices.commands.reserve import in_its_notice, mentions_of_hers, notices_met, reserve
from varsling.notices.locking import LockedNotice, store_changes
from varsling.reservations import service as reservations
from varsling.reservations.service import PAGE, NewReservation, RevocationInput, StoredReservation

LETTERS_A_DAY = 5
"""How many letters of revocations a tenant gets in a day. To revoke is never refused: it may end a lie."""


class _Met(NamedTuple):
    """`registered` is the first answer, where the caller registered the same before and it is still in force."""

    transaction: Transaction
    registered: StoredAnswer | None
    notices: Sequence[LockedNotice]


@dataclass(frozen=True, slots=True)
class RegisterReservation(KeyedCommand[_Met]):
    """Register a reservation that the landlord received. The same again gets the first answer."""

    principal: Principal
    new: NewReservation

    def lock(self, transaction: Transaction) -> _Met:
        landlords.lock_new_landlord(transaction, self.new.landlord_key)
        registered = reservations.first_answer(transaction.connection, self.context, self.new)
        return _Met(transaction, registered, () if registered else notices_met(transaction, self.context, self.new))

    def first_answer(self, locked: _Met) -> StoredAnswer | None:
        return locked.registered

    def decide(self, locked: _Met) -> Decision[StoredAnswer]:
        transaction = locked.transaction
        if self.new.received_on > oslo_date(transaction.now):
            raise Refused([Fault("/received_on", Code.DATE_IN_FUTURE)])
        answer_id, actor = uuid7(), self.principal.acting
        stored, events = reserve(transaction, self.context, self.new, locked.notices, actor=actor, answer_id=answer_id)
        answer = reservations.answer_to(transaction.connection, self.context, stored, 201)
        return Decision(answer, events, answer_id)

    def store(self, transaction: Transaction, locked: _Met) -> None:
        store_changes(transaction, locked.notices)


class _Registered(NamedTuple):
    transaction: Transaction
    reservation: StoredReservation


@dataclass(frozen=True, slots=True)
class RevokeReservation(KeyedCommand[_Registered]):
    """Revoke what the landlord's side registered. The tenant is told, if an address of hers is known."""

    principal: Principal
    reservation_id: UUID
    request: RevocationInput

    def lock(self, transaction: Transaction) -> _Registered:
        key = self._find(transaction).landlord_key
        landlords.lock_new_landlord(transaction, key)
        return _Registered(transaction, self._find(transaction))

    def decide(self, locked: _Registered) -> Decision[StoredAnswer]:
        transaction, reservation = locked
        if reservation.form == PAGE:
            raise Forbidden
        if self.request.received_on > oslo_date(transaction.now):
            raise Refused([Fault("/received_on", Code.DATE_IN_FUTURE)])
        if self.request.received_on < reservation.received_on:
            raise Refused([Fault("/received_on", Code.DATE_CONFLICT)])
        events = self._revoke(transaction, reservation) if reservation.revoked_at is None else []
        answer = reservations.answer_to(transaction.connection, self.context, self._find(transaction), 200)
        return Decision(answer, events)

    def _find(self, transaction: Transaction) -> StoredReservation:
        return reservations.find(transaction.connection, self.principal, self.reservation_id)

    def _revoke(self, transaction: Transaction, stored: StoredReservation) -> list[Event]:
        letter = _letter(transaction.connection, self.context, stored, transaction.now - DAY)
        if letter is not None:
            deliveries.queue(transaction, [letter])
        event = reservations.revoke(
            transaction,
            stored,
            actor=self.principal.acting,
            form=self.request.form,
            received_on=self.request.received_on,
            letter=letter is not None,
        )
        scope = self.context.settings.reservation_scope
        return [in_its_notice(transaction.connection, scope, stored, event)]


def _letter(
    connection: sa.Connection, context: Context, stored: StoredReservation, since: datetime
) -> NewDelivery | None:
    """A letter to the tenant at the address of the notice that names her most certainly: a reservation itself has none.

    None while another reservation of hers is in force: it would not be true that the landlord can notify again.
    """
    scope = context.settings.reservation_scope
    newest = next(iter(mentions_of_hers(connection, scope, stored)), None)
    if newest is None:
        return None
    all_hers = reservations.in_force(connection, [stored.birth_index], scope)
    if any(one.id != stored.id for one in all_hers.that_may_be(newest.traits)):
        return None
    revoked = SecondKind.RESERVATION_REVOKED
    told = deliveries.second_letters_since(connection, newest.notice_id, newest.tenant_id, revoked, since)
    if told >= LETTERS_A_DAY:
        return None
    return NewDelivery(
        newest.notice_id,
        newest.version,
        DeliveryKind.SECOND,
        tenant_id=newest.tenant_id,
        second=SecondKind.RESERVATION_REVOKED,
    )
