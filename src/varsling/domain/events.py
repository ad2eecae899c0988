"""Events of streams: thin, without personal data (CONTRACT § Feed)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventType(StrEnum):
    COPY_DISPATCHED = "copy.dispatched"
    COPY_UNDELIVERABLE = "copy.undeliverable"
    NOTICE_SENT = "notice.sent"
    NOTICE_RECEIVED = "notice.received"
    NOTICE_UPDATED = "notice.updated"
    NOTICE_PETITION_FILED = "notice.petition_filed"
    NOTICE_PETITION_WITHDRAWN = "notice.petition_withdrawn"
    NOTICE_BLOCKED = "notice.blocked"
    NOTICE_SETTLED = "notice.settled"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    NOTICE_DATES_CHANGED = "notice.dates_changed"
    NOTICE_FORWARDED = "notice.forwarded"
    NOTICE_LAPSING = "notice.lapsing"
    NOTICE_LAPSED = "notice.lapsed"
    TENANT_REMOVED = "tenant.removed"
    TENANT_WANTS_CALL = "tenant.wants_call"
    TENANT_DISPUTES = "tenant.disputes"
    TENANT_WISHES = "tenant.wishes"
    TENANT_CONSENTS = "tenant.consents"
    RESERVATION_MADE = "reservation.made"
    RESERVATION_REVOKED = "reservation.revoked"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact for one audience. A fact for both sides is two events.

    `readers_of_office`: the event goes to every integration with a grant for that office. `organisations`: it goes to
    these systems of the landlord's side. `members` are further members as the reader sees them (`reference`,
    `landlord`, `tenant`, `reservation`, `reason`, `delete`, `urgent`, `from_office`, `to_office`). `office` is a
    part of the fact and chooses no audience.
    """

    type: EventType
    notice: UUID | None = None
    version: int | None = None
    office: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    readers_of_office: str | None = None
    organisations: tuple[str, ...] = ()
    backfill: bool = False
