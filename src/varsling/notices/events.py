"""Events that tell of a notice: for the landlord's side, and for the integrations of an office."""

from collections.abc import Mapping
from typing import Any

from varsling.domain.events import Event, EventType
from varsling.domain.office import OfficeNumber
from varsling.notices.stored import StoredNotice


def landlord_side(stored: StoredNotice) -> tuple[str, ...]:
    """List the organisations whose systems follow the notice: the sender, and the landlord if it is another."""
    sides = (stored.acting_organisation, stored.landlord_organisation)
    return tuple(dict.fromkeys(side for side in sides if side is not None))


def landlord_event(
    stored: StoredNotice, kind: EventType, version: int | None = None, members: Mapping[str, Any] | None = None
) -> Event:
    """Make an event for the landlord's side. It names the office that the landlord sees, whatever Nav did since."""
    return Event(
        type=kind,
        notice=stored.id,
        version=version or stored.version,
        office=stored.office,
        members={"reference": stored.reference, "landlord": stored.landlord_organisation, **(members or {})},
        organisations=landlord_side(stored),
    )


def office_event(
    stored: StoredNotice,
    kind: EventType,
    office: OfficeNumber,
    version: int | None = None,
    members: Mapping[str, Any] | None = None,
) -> Event:
    """Make an event for every integration that may see the office's notices. An ended notice is never urgent."""
    return Event(
        type=kind,
        notice=stored.id,
        version=version or stored.version,
        office=office,
        members={"urgent": stored.is_urgent, **(members or {})},
        readers_of_office=office,
    )
