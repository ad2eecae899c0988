"""Registration of reservations by landlords' systems: prepared, found again, revoked."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from varsling.access import idempotency
from varsling.access.idempotency import StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.events import Event, EventType
from varsling.domain.hidden_numbers import name_faults, reference_faults
from varsling.domain.identity import birth_key
from varsling.domain.law import number_faults
from varsling.domain.problems import Code, Fault, NotFound, Problem, Refused
from varsling.domain.reservation import ReservationForm
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow, Fact
from varsling.reservations import store
from varsling.reservations.keeping import NewReservation, Reserving, reservation_event
from varsling.reservations.schemas import LeaseEndInput, ReservationInput
from varsling.reservations.store import StoredReservation
from varsling.reservations.tables import reservations
from varsling.reservations.views import answer_of


def prepared(context: Context, principal: Principal, body: ReservationInput, body_digest: bytes) -> NewReservation:
    index, tenant = context.keyring.index, body.tenant
    key = index.landlord_key(body.landlord.to_domain())
    return NewReservation(
        acting_organisation=principal.acting,
        landlord_organisation=body.landlord.organisation_number,
        landlord_key=key,
        lease_reference=body.lease.reference,
        birth_index=index.birth(key, birth_key(tenant.born_on)),
        number_index=None if tenant.national_id is None else index.number(key, tenant.national_id),
        family_indexes=index.families(key, tenant.name),
        received_on=body.received_on,
        form=ReservationForm(body.form),
        content=Reserving(tenant.name, tenant.born_on, tenant.national_id),
        body_digest=body_digest,
    )


def check(context: Context, principal: Principal, body: ReservationInput | LeaseEndInput) -> None:
    """Check parties and references. Raises Problem for a landlord that is not the caller's, and Refused with all other
    faults."""
    landlord = body.landlord
    if not principal.may_submit_for(landlord.organisation_number):
        raise Problem(Code.LANDLORD_MISMATCH, faults=[Fault("/landlord", Code.LANDLORD_MISMATCH)])
    rules = context.settings.rules
    faults = [
        *number_faults("/landlord", landlord.national_id, landlord.birth_date, rules),
        *reference_faults("/lease/reference", body.lease.reference),
    ]
    if isinstance(body, ReservationInput):
        faults += number_faults("/tenant", body.tenant.national_id, body.tenant.birth_date, rules)
        faults += name_faults("/tenant", body.tenant.name)
    if faults:
        raise Refused(faults)


def first_answer(connection: sa.Connection, context: Context, new: NewReservation) -> StoredAnswer | None:
    """Give the first answer, if the same organisation registered the same before and it is still in force."""
    same = sa.and_(
        reservations.c.birth_index == new.birth_index,
        reservations.c.acting_organisation == new.acting_organisation,
        reservations.c.body_digest == new.body_digest,
        reservations.c.revoked_at.is_(None),
    )
    ids = [one.answer_id for one in store.select(connection, same, limit=1)]
    return next(iter(idempotency.answers_of(connection, context.keyring.cipher, ids).values()), None)


def find(connection: sa.Connection, principal: Principal, reservation_id: UUID) -> StoredReservation:
    """Find a reservation. Raises NotFound if there is none or the caller may not read it."""
    mine = sa.and_(reservations.c.id == reservation_id, store.readable_by(principal))
    found = store.select(connection, mine)
    if not found:
        raise NotFound
    return found[0]


def revoke(
    transaction: Transaction, stored: StoredReservation, *, actor: str, form: str, received_on: date, letter: bool
) -> Event:
    """Revoke a reservation of a locked landlord; `letter` tells whether the tenant gets a letter about it."""
    transaction.connection.execute(
        reservations.update().where(reservations.c.id == stored.id).values(revoked_at=transaction.now)
    )
    facts: dict[str, Fact] = {"form": form, "received_on": received_on.isoformat(), "letter": letter}
    audit.log(transaction, [AuditRow(AuditAction.RESERVATION_REVOKED, actor, stored.id, facts)])
    return reservation_event(transaction.connection, stored, EventType.RESERVATION_REVOKED)


def answer_to(connection: sa.Connection, context: Context, stored: StoredReservation, status: int) -> StoredAnswer:
    """Make the answer that shows the reservation as it is."""
    return answer_of(stored, Reserving.of(context.keyring.cipher, connection, stored.id), status)
