"""A notice was about the wrong person, for some of its tenants: it stands for the others (LAW, case 3)."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

import structlog

from varsling.deliveries.service import DeliveryKind, NewDelivery, NotSent, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.tenant import LeftOut
from varsling.notices import store
from varsling.notices.events import landlord_event, office_event
from varsling.notices.locking import LockedNotice
from varsling.notices.transitions.letters import informed_offices, informed_tenants, write_to_tenants
from varsling.notices.transitions.publish import publish
from varsling.privacy.audit import AuditAction

_log = structlog.get_logger(__name__)


def remove_wrong_persons(locked: LockedNotice, wrong: Collection[UUID], actor: str) -> list[Event]:
    """Name these tenants no more, to nobody: from this commit on no office reads of them. Each gets an apology.

    The office that had them destroys what it fetched (GDPR art. 33). The others' copies stand.
    """
    stored, now = locked.stored, locked.now
    new = [one.id for one in stored.remaining_tenants if one.id in wrong]
    hidden = [one.id for one in stored.tenants if one.id in wrong and one.left_out_for is LeftOut.RESERVED]
    if not new and not hidden:
        return []
    _log.warning("notice_about_wrong_person", notice=str(stored.id), published=stored.published_version is not None)
    locked.outbox.cancel(NotSent.WITHDRAWN, tenants=new, kinds=(DeliveryKind.COPY, DeliveryKind.COPY_AGAIN))
    write_to_tenants(locked, SecondKind.WRONG_PERSON, informed_tenants(locked) & set(new))
    _write_to_offices(locked, new)
    store.leave_out(locked.transaction, [*new, *hidden], LeftOut.WRONG_PERSON)
    for one in new:
        locked.log(AuditAction.TENANT_REMOVED, actor, {"tenant": str(one)})
    locked.update()
    tenants = tuple(
        replace(one, left_out_at=now, left_out_for=LeftOut.WRONG_PERSON) if one.id in {*new, *hidden} else one
        for one in stored.tenants
    )
    locked.stored = replace(locked.stored, tenants=tenants)
    events = [landlord_event(locked.stored, EventType.NOTICE_UPDATED)]
    if (office := locked.stored.receiving_office) is not None:
        version = locked.stored.published_version
        members = [{"tenant": str(one), "delete": True} for one in new]
        events += [office_event(locked.stored, EventType.TENANT_REMOVED, office, version, one) for one in members]
    # Perhaps her copy was the last that the notice waited for.
    return [*events, *publish(locked, actor)]


def _write_to_offices(locked: LockedNotice, removed: Collection[UUID]) -> None:
    """Queue a letter for each of them to each office that has the notice on paper: it must know whom to delete."""
    stored, kind = locked.stored, DeliveryKind.OFFICE_SECOND
    locked.outbox.queue(
        NewDelivery(
            stored.id, stored.version, kind, tenant_id=one, office_number=office, second=SecondKind.TENANT_REMOVED
        )
        for office in informed_offices(locked)
        for one in removed
    )
