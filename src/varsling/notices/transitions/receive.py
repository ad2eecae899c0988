"""The NAV office has received the notice: R, which confirms the dates (LAW)."""

from datetime import date, datetime

from varsling.domain.actor import Actor
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import NoticeStep, after
from varsling.domain.synthetic import PersonOutcome
from varsling.notices.events import landlord_event
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import endings_of
from varsling.notices.transitions.dates import redate
from varsling.privacy.audit import AuditAction


def receive(
    locked: LockedNotice,
    *,
    actor: str,
    fetched_at: datetime | None = None,
    opened_at: datetime | None = None,
    received_on: date | None = None,
) -> list[Event]:
    """Record a fetch, an acknowledgement, or (`received_on`) the arrival of a letter.

    R is the earliest of them. A date that was confirmed does not move any more.
    """
    stored = locked.stored
    seen = {
        name: instant
        for name, instant in (("fetched_at", fetched_at), ("opened_at", opened_at))
        if instant is not None and getattr(stored, name) is None
    }
    if seen:
        locked.update_internal(**seen, read_at=stored.read_at or locked.now)
        for name in seen:
            locked.log(_SEEN[name], actor, version=stored.published_version)
    if stored.received_on is not None or not stored.is_open or stored.sent_on is None:
        return []
    if PersonOutcome.NEVER_RECEIVED in endings_of(stored, production=locked.settings.production):
        return []
    at = min(seen.values(), default=locked.now)
    moved = redate(
        locked,
        status=after(stored.status, NoticeStep.RECEIVE),
        received_at=at,
        received_on=max(received_on or oslo_date(at), stored.sent_on),
    )
    locked.log(AuditAction.NOTICE_RECEIVED, Actor.SYSTEM, version=stored.published_version)
    return [landlord_event(locked.stored, EventType.NOTICE_RECEIVED, stored.published_version), *moved]


_SEEN = {"fetched_at": AuditAction.NOTICE_FETCHED, "opened_at": AuditAction.NOTICE_OPENED}
