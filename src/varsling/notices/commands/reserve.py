"""A reservation comes in: it is stored, and stops or changes the open notices that it meets (LAW, rules 4 and 5)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.failpoints import failpoint
from varsling.domain.events import Event, EventType
from varsling.domain.reservation import ReservationScope, certainly_same
from varsling.notices.locking import LockedNotice, load_locked
from varsling.notices.lookups import Mention, mentions_of, open_notices_about
from varsling.notices.transitions.publish import publish
from varsling.notices.transitions.reservations import apply_reservations
from varsling.reservations import service as reservations
from varsling.reservations.service import PAGE, InForce, NewReservation, StoredReservation, traits_of


def mentions_of_hers(
    connection: sa.Connection, scope: ReservationScope, stored: StoredReservation
) -> Sequence[Mention]:
    """Give the tenants of notices whom a reservation is, or may be, of: those of the same number first, then those of
    notices of the system that registered it, and of these the newest."""
    hers = InForce({stored.birth_index: [stored]}, scope)
    found = [one for one in mentions_of(connection, stored.birth_index) if hers.reserved(one.traits)]

    def doubt(one: Mention) -> tuple[bool, bool]:
        same_number = stored.number_index is not None and one.traits.number_index == stored.number_index
        return not same_number, one.acting_organisation != stored.acting_organisation

    return sorted(found, key=doubt)


def in_its_notice(connection: sa.Connection, scope: ReservationScope, stored: StoredReservation, event: Event) -> Event:
    """Say in a reservation's event which tenant it is, by the newest notice of the same system that knows her.

    Where it may be one of two tenants, it says neither; nor where others hear of it, who may not see that notice.
    """
    if set(event.organisations) - {stored.acting_organisation, stored.landlord_organisation}:
        return event
    same = mentions_of_hers(connection, scope, stored)
    newest = next((one for one in same if one.acting_organisation == stored.acting_organisation), None)
    if newest is None or sum(one.notice_id == newest.notice_id for one in same) > 1:
        return event
    members = {**event.members, "reference": newest.reference, "tenant": str(newest.tenant_id)}
    return replace(event, notice=newest.notice_id, members=members)


def _others_told(connection: sa.Connection, context: Context, stored: StoredReservation) -> set[str]:
    """Give the systems that sent notices about her, and so learn of an agent's reservation and may revoke it: a private
    landlord has no system of his own. What the landlord registered, or she herself, is nobody else's."""
    own = {stored.acting_organisation, stored.landlord_organisation}
    if stored.form == PAGE or stored.acting_organisation == stored.landlord_organisation:
        return set()
    mine = traits_of(stored)
    mentions = mentions_of_hers(connection, context.settings.reservation_scope, stored)
    return {one.acting_organisation for one in mentions if certainly_same(mine, one.traits)} - own


def notices_met(transaction: Transaction, context: Context, new: NewReservation) -> list[LockedNotice]:
    """Load the open notices that a reservation may meet; the landlord is locked.

    A notice that is accepted or published meanwhile waits for the lock. So each is either met here or sees the
    reservation (guarantee 4).
    """
    return load_locked(transaction, context, open_notices_about(transaction.connection, new.birth_index))


def reserve(
    transaction: Transaction,
    context: Context,
    new: NewReservation,
    met: Sequence[LockedNotice],
    *,
    actor: str,
    answer_id: UUID,
) -> tuple[StoredReservation, list[Event]]:
    """Store a reservation of a locked landlord, and apply it to the open notices that it meets."""
    stored = reservations.keep(transaction, context.keyring.cipher, new, actor=actor, answer_id=answer_id)
    reservations.tell(transaction, stored.id, _others_told(transaction.connection, context, stored))
    made = reservations.reservation_event(transaction.connection, stored, EventType.RESERVATION_MADE)
    events = [in_its_notice(transaction.connection, context.settings.reservation_scope, stored, made)]
    for notice in met:
        effect = apply_reservations(notice, actor)
        events += effect.events
        if effect.left_out:
            # Perhaps the copy of the tenant who is left out was the last that the notice waited for.
            events += publish(notice, actor)
    failpoint("reservation.made")
    return stored, events
