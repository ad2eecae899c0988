"""Registering and revoking a reservation, with what it does to the open notices that name the tenant.

This is the upper half of reservations and stands over notices; what notices ask of reservations is in `service`.
"""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.copies import service as copies
from varsling.copies.service import DeliveryKind, NewDelivery, SecondKind
from varsling.database.changes import Change, Transaction
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.identity import birth_key
from varsling.domain.law import number_faults, reference_faults
from varsling.domain.problems import Code, Fault, Forbidden, NotFound, Problem, Refused
from varsling.feed import service as feed
from varsling.notices import service as notices
from varsling.notices.service import lock_landlords
from varsling.privacy.audit import AuditAction, AuditRow, Fact, record
from varsling.reservations import store
from varsling.reservations.keeping import PAGE, NewReservation, Reserving, reservation_event
from varsling.reservations.representation import answer_of
from varsling.reservations.schemas import LeaseEndShape, ReservationShape, RevocationShape
from varsling.reservations.service import InForce, StoredReservation
from varsling.reservations.tables import reservations


def prepared(context: Context, principal: Principal, shape: ReservationShape, body_digest: bytes) -> NewReservation:
    index, tenant = context.keyring.index, shape.tenant
    key = index.landlord_key(shape.landlord.to_domain())
    return NewReservation(
        acting_organisation=principal.acting,
        landlord_organisation=shape.landlord.organisation_number,
        landlord_key=key,
        lease_reference=shape.lease.reference,
        birth_index=index.birth(key, birth_key(tenant.born_on)),
        number_index=None if tenant.national_id is None else index.number(key, tenant.national_id),
        family_indexes=index.families(key, tenant.name),
        received_on=shape.received_on,
        form=shape.form,
        content=Reserving(tenant.name, tenant.born_on, tenant.national_id),
        body_digest=body_digest,
    )


def check(context: Context, principal: Principal, shape: ReservationShape | LeaseEndShape) -> None:
    """Raises Problem for a landlord that is not the caller's, and Refused with all faults of numbers and references."""
    landlord = shape.landlord
    if not principal.may_submit_for(landlord.organisation_number):
        raise Problem(Code.LANDLORD_MISMATCH, faults=[Fault("/landlord", Code.LANDLORD_MISMATCH)])
    rules = context.settings.rules
    faults = [
        *number_faults("/landlord", landlord.national_id, landlord.birth_date, rules),
        *reference_faults("/lease/reference", shape.lease.reference),
    ]
    if isinstance(shape, ReservationShape):
        faults += number_faults("/tenant", shape.tenant.national_id, shape.tenant.birth_date, rules)
    if faults:
        raise Refused(faults)


@dataclass(frozen=True, slots=True)
class Reserve(Change[Answered]):
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
        if (known := self._registered(transaction)) is not None:
            return known
        answer_id = uuid7()
        actor = self.principal.acting
        stored, events = notices.reserve(transaction, self.context, self.new, actor=actor, answer_id=answer_id)
        answer = answer_of(stored, self.new.content, 201)
        idempotency.keep(transaction, self.context.keyring.cipher, [Binding(answer_id, answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _registered(self, transaction: Transaction) -> Answered | None:
        """The first answer, where the caller registered just this before and it still holds."""
        same = sa.and_(
            reservations.c.birth_index == self.new.birth_index,
            reservations.c.acting_organisation == self.principal.acting,
            reservations.c.body_digest == self.new.body_digest,
            reservations.c.revoked_at.is_(None),
        )
        found = store.select(transaction.connection, same, limit=1)
        ids = [one.answer_id for one in found]
        answers = idempotency.answers_of(transaction.connection, self.context.keyring.cipher, ids)
        return next((Answered(answer, replayed=True) for answer in answers.values()), None)


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
        stored = self._find(transaction)
        answer = answer_of(stored, Reserving.of(self.context.keyring.cipher, transaction.connection, stored.id), 200)
        if self.key is not None:
            idempotency.keep(transaction, self.context.keyring.cipher, [Binding(uuid7(), answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _find(self, transaction: Transaction) -> StoredReservation:
        mine = sa.and_(reservations.c.id == self.reservation_id, store.readable_by(self.principal))
        found = store.select(transaction.connection, mine)
        if not found:
            raise NotFound
        return found[0]

    def _revoke(self, transaction: Transaction, stored: StoredReservation) -> list[Event]:
        transaction.connection.execute(
            reservations.update().where(reservations.c.id == stored.id).values(revoked_at=transaction.now)
        )
        letter = _letter(transaction.connection, self.context, stored)
        if letter is not None:
            copies.queue(transaction, [letter])
        facts: dict[str, Fact] = {
            "form": self.shape.form,
            "received_on": self.shape.received_on.isoformat(),
            "letter": letter is not None,
        }
        row = AuditRow(AuditAction.RESERVATION_REVOKED, self.principal.acting, stored.id, facts)
        record(transaction, [row])
        return [reservation_event(stored, EventType.RESERVATION_REVOKED)]


def _letter(connection: sa.Connection, context: Context, stored: StoredReservation) -> NewDelivery | None:
    """A letter to the tenant at the address of the newest notice that names her: a reservation itself has none."""
    hers = InForce({stored.birth_index: [stored]}, context.settings.reservation_scope)
    for mention in notices.mentions_of(connection, stored.birth_index):
        if hers.reserved(mention.traits):
            return NewDelivery(
                mention.notice_id,
                mention.version,
                DeliveryKind.SECOND,
                tenant_id=mention.tenant_id,
                second=SecondKind.RESERVATION_REVOKED,
            )
    return None
