"""A reservation comes in: it is stored, and stops or changes the open notices that it meets (LAW, rules 4 and 5)."""

from uuid import UUID

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.pauses import pause
from varsling.domain.events import Event
from varsling.notices.locking import read_locked
from varsling.notices.store import open_notices_about
from varsling.notices.transitions.publish import publish
from varsling.notices.transitions.reservations import apply_reservations
from varsling.reservations import service as reservations
from varsling.reservations.service import NewReservation, StoredReservation


def reserve(
    transaction: Transaction, context: Context, new: NewReservation, *, actor: str, answer_id: UUID
) -> tuple[StoredReservation, list[Event]]:
    """Store a reservation, and do to open notices what it asks; the landlord is locked already.

    A notice that is accepted or published meanwhile waits for the lock. So each is either met here or sees this
    reservation (guarantee 4).
    """
    stored, made = reservations.keep(transaction, context.keyring.cipher, new, actor=actor, answer_id=answer_id)
    events = [made, *_meet(transaction, context, new.birth_index, actor)]
    pause("reservation.made")
    return stored, events


def _meet(transaction: Transaction, context: Context, birth_index: bytes, actor: str) -> list[Event]:
    """What a reservation just stored does to the open notices that name somebody born then; the landlord is locked."""
    events: list[Event] = []
    for notice in read_locked(transaction, context, open_notices_about(transaction.connection, birth_index)):
        applied = apply_reservations(transaction, context, notice, actor)
        events += applied.events
        if applied.stored is not notice:
            # She is left out: perhaps hers was the last copy that the others waited for.
            events += publish(transaction, context, applied.stored, actor)
    return events
