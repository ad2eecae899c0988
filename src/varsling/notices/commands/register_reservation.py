"""A landlord's system registers a reservation that the landlord received, or revokes one that it registered."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NewDelivery, SecondKind
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.problems import Code, Fault, Forbidden, Refused
from varsling.feed import service as feed
from varsling.landlords.locking import lock_landlords
from varsling.notices.commands.reserve import reserve
from varsling.notices.lookups import mentions_of
from varsling.reservations import service as reservations
from varsling.reservations.service import PAGE, InForce, NewReservation, RevocationShape, StoredReservation


@dataclass(frozen=True, slots=True)
class RegisterReservation(Change[Answered]):
    """A landlord's system registers what the landlord received. The same again gets the first answer."""

    context: Context
    principal: Principal
    key: IdempotencyKey | None
    new: NewReservation

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        lock_landlords(transaction, [self.new.landlord_key])
        if (first := idempotency.replay(transaction, self.context.keyring.cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        if self.new.received_on > oslo_date(transaction.now):
            raise Refused([Fault("/received_on", Code.DATE_IN_FUTURE)])
        if (known := reservations.first_answer(transaction.connection, self.context, self.new)) is not None:
            return Answered(known, replayed=True)
        answer_id = uuid7()
        stored, events = reserve(transaction, self.context, self.new, actor=self.principal.acting, answer_id=answer_id)
        answer = reservations.answer_to(transaction.connection, self.context, stored, 201)
        idempotency.keep(transaction, self.context.keyring.cipher, [Binding(answer_id, answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)


@dataclass(frozen=True, slots=True)
class RevokeReservation(Change[Answered]):
    """The landlord's side takes back what it registered; the tenant is told, where an address of hers is known."""

    context: Context
    principal: Principal
    reservation_id: UUID
    key: IdempotencyKey | None
    shape: RevocationShape

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        lock_landlords(transaction, [self._find(transaction).landlord_key])
        if (first := idempotency.replay(transaction, self.context.keyring.cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        stored = self._find(transaction)
        if stored.form == PAGE:
            raise Forbidden
        if self.shape.received_on > oslo_date(transaction.now):
            raise Refused([Fault("/received_on", Code.DATE_IN_FUTURE)])
        events: list[Event] = []
        if stored.revoked_at is None:
            events = self._revoke(transaction, stored)
        answer = reservations.answer_to(transaction.connection, self.context, self._find(transaction), 200)
        if self.key is not None:
            idempotency.keep(transaction, self.context.keyring.cipher, [Binding(uuid7(), answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _find(self, transaction: Transaction) -> StoredReservation:
        return reservations.find(transaction.connection, self.principal, self.reservation_id)

    def _revoke(self, transaction: Transaction, stored: StoredReservation) -> list[Event]:
        letter = _letter(transaction.connection, self.context, stored)
        if letter is not None:
            copies.queue(transaction, [letter])
        event = reservations.revoke(
            transaction,
            stored,
            actor=self.principal.acting,
            form=self.shape.form,
            received_on=self.shape.received_on,
            letter=letter is not None,
        )
        return [event]


def _letter(connection: sa.Connection, context: Context, stored: StoredReservation) -> NewDelivery | None:
    """A letter to the tenant at the address of the newest notice that names her: a reservation itself has none."""
    hers = InForce({stored.birth_index: [stored]}, context.settings.reservation_scope)
    for mention in mentions_of(connection, stored.birth_index):
        if hers.reserved(mention.traits):
            return NewDelivery(
                mention.notice_id,
                mention.version,
                DeliveryKind.SECOND,
                tenant_id=mention.tenant_id,
                second=SecondKind.RESERVATION_REVOKED,
            )
    return None
