"""A published notice goes from one office to another: forwarded by the office, or reassigned when the office closes.

S stands, and so does a date that was confirmed (LAW, case 8). The landlord is told nothing: which office has a notice,
and above all that it is the office for protected people, is Nav's own business.
"""

from dataclasses import replace

from varsling.context import Context
from varsling.deliveries.service import DeliveryKind, NotSent, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.office import ForwardingReason, OfficeNumber
from varsling.domain.problems import Code, Fault, NoticeClosed, Problem, Refused
from varsling.feed import service as feed
from varsling.notices import store
from varsling.notices.events import office_event
from varsling.notices.locking import LockedNotice
from varsling.notices.schemas.changes import ForwardingInput
from varsling.notices.transitions.letters import informed_tenants, write_to_office, write_to_tenants
from varsling.notices.transitions.publish import publish
from varsling.privacy.audit import AuditAction


def forward(locked: LockedNotice, request: ForwardingInput, actor: str) -> tuple[OfficeNumber | None, list[Event]]:
    """Forward a published notice as its office asks. Gives the office that gets it, and the events.

    Raises NoticeClosed, Refused (unknown-office), Problem (already-forwarded).
    """
    if not locked.stored.is_published:
        raise NoticeClosed
    office = _requested_office(locked.context, request)
    if office == locked.stored.receiving_office:
        raise Problem(Code.ALREADY_FORWARDED)
    events = hand_on(locked, office, request.reason.value, actor)
    wrong_area = request.reason is ForwardingReason.WRONG_AREA
    if wrong_area and office is not None and office != locked.settings.protected_office:
        name_in_letters(locked, office)
    return office, events


def _requested_office(context: Context, request: ForwardingInput) -> OfficeNumber | None:
    """Find the requested office in use: for a closed one, its successor."""
    if request.office is None:
        return None
    found = context.offices.register.active_office(request.office)
    if found is None:
        raise Refused([Fault("/office", Code.UNKNOWN_OFFICE)])
    return found.number


def hand_on(locked: LockedNotice, office: OfficeNumber | None, reason: str, actor: str) -> list[Event]:
    """Give a published notice to another office, or (None) to a person who finds the office. Gives events for both.

    From now on the new office is the one that fetches and opens it. What the former office did is in the history.
    """
    former, version = locked.stored.receiving_office, locked.stored.published_version
    feed.share_grants(locked.transaction)
    store.give_to_office(locked.transaction, locked.stored.id, version, office)
    locked.update_internal(fetched_at=None, opened_at=None, forwarded_at=locked.now)
    if locked.stored.published is not None:
        published = replace(locked.stored.published, receiving_office=office)
        locked.stored = replace(locked.stored, published=published)
    locked.outbox.cancel(NotSent.FORWARDED, kinds=(DeliveryKind.OFFICE,))
    connection, settings = locked.transaction.connection, locked.settings
    if office is not None and not feed.has_active_receiver(connection, office, locked.now, settings):
        write_to_office(locked, office)
    locked.log(AuditAction.NOTICE_FORWARDED, actor, {"from": former, "to": office, "reason": reason}, version)
    members = {"from_office": former, "to_office": office}
    told = [
        office_event(locked.stored, EventType.NOTICE_FORWARDED, reader, version, members)
        for reader in (former, office)
        if reader is not None
    ]
    # A newer version goes too, if its letter to the former office was just taken back or it waited for an office.
    return [*(replace(event, office=office) for event in told), *publish(locked)]


def name_in_letters(locked: LockedNotice, office: OfficeNumber) -> None:
    """Name the office in all letters to tenants from now on, and write to the tenants whose letter named another.

    Call it only for an office that the register or the dwelling's area names: where a tenant has moved to, and that
    she is protected, is told to nobody.
    """
    stored = locked.stored
    if stored.published is None or stored.named_office == office:
        return
    store.rename_office(locked.transaction, stored.id, stored.published.version, office)
    locked.stored = replace(stored, version_office=office, published=replace(stored.published, named_office=office))
    tell_of_office(locked)


def tell_of_office(locked: LockedNotice) -> None:
    """Write to the tenants whose letter named another office than the one that is named now."""
    write_to_tenants(locked, SecondKind.OFFICE_CHANGED, informed_tenants(locked))
