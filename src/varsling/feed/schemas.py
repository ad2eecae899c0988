"""The events and pages of a stream, for the OpenAPI document. The answers themselves are stored bytes."""

from typing import Annotated, Any

from pydantic import BaseModel

from varsling.domain.events import EventType
from varsling.shapes import named_schema

_LANDLORD, _OFFICE = ("reference", "landlord"), ("urgent",)
_BOTH = (*_LANDLORD, *_OFFICE)
_END = (*_BOTH, "reason", "delete")

MEMBERS: dict[EventType, tuple[str, ...]] = {
    EventType.COPY_DISPATCHED: (*_LANDLORD, "tenant"),
    EventType.COPY_UNDELIVERABLE: (*_LANDLORD, "tenant"),
    EventType.NOTICE_SENT: _BOTH,
    EventType.NOTICE_RECEIVED: _LANDLORD,
    EventType.NOTICE_UPDATED: _BOTH,
    EventType.NOTICE_PETITION_FILED: _OFFICE,
    EventType.NOTICE_PETITION_WITHDRAWN: _OFFICE,
    EventType.NOTICE_BLOCKED: _END,
    EventType.NOTICE_SETTLED: _END,
    EventType.NOTICE_WITHDRAWN: _END,
    EventType.NOTICE_DATES_CHANGED: _LANDLORD,
    EventType.NOTICE_FORWARDED: (*_OFFICE, "from_office", "to_office"),
    EventType.NOTICE_LAPSING: (*_LANDLORD, "lapses_on"),
    EventType.NOTICE_LAPSED: _BOTH,
    EventType.TENANT_REMOVED: (*_OFFICE, "tenant", "delete"),
    EventType.TENANT_WANTS_CALL: (*_OFFICE, "tenant"),
    EventType.TENANT_DISPUTES: (*_OFFICE, "tenant"),
    EventType.TENANT_WISHES: (*_OFFICE, "tenant"),
    EventType.TENANT_CONSENTS: (*_OFFICE, "tenant"),
    EventType.RESERVATION_MADE: (*_LANDLORD, "reservation", "lease", "tenant"),
    EventType.RESERVATION_REVOKED: (*_LANDLORD, "reservation", "lease", "tenant"),
}
"""The further members that each type may have. Those of landlords' systems and of integrations differ."""

BASE = ("position", "id", "type", "time", "office", "notice", "version", "backfill", "hash")
"""The members that every event has."""

Schema = dict[str, Any]


class FeedPage(BaseModel):
    """A page of the caller's own stream; `next` goes into `after`."""

    epoch: int
    events: list[Annotated[dict[str, Any], named_schema("StreamEvent")]]
    next: str


class FeedHead(BaseModel):
    """The end of the caller's own stream."""

    epoch: int
    position: int


def event_schemas() -> dict[str, Schema]:
    """Give the schema of each type of event, of one of a type that is still to come, and of their union.

    Types grow within version 1: a generated client must read a page with an event that it does not know.
    """
    known = {kind: _name(kind) for kind in EventType}
    later: Schema = {"type": "string", "not": {"enum": [kind.value for kind in EventType]}}
    union: Schema = {
        "oneOf": [_ref(name) for name in known.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {kind.value: _ref(name)["$ref"] for kind, name in known.items()},
        },
        "description": "An event of a type of today, told apart by `type`.",
    }
    either: Schema = {
        "anyOf": [_ref("KnownEvent"), _ref("LaterEvent")],
        "description": "One event. More types may come: pass over what you do not know.",
    }
    named = {name: _event({"type": "string", "const": kind.value}, MEMBERS[kind]) for kind, name in known.items()}
    return {**named, "LaterEvent": _event(later, ()), "KnownEvent": union, "StreamEvent": either}


def _name(kind: EventType) -> str:
    return "".join(word.capitalize() for word in kind.replace(".", "_").split("_")) + "Event"


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _event(kind: Schema, members: tuple[str, ...]) -> Schema:
    properties = {name: schema for name, schema in _members().items() if name in BASE or name in members}
    return {
        "type": "object",
        "properties": properties | {"type": kind},
        "required": [name for name in properties if name in BASE],
    }


def _members() -> dict[str, Schema]:
    text: Schema = {"type": "string"}
    nothing: Schema = {"type": "null"}
    uuid: Schema = {"type": "string", "format": "uuid"}
    return {
        "position": {"type": "integer", "minimum": 1},
        "id": dict(uuid),
        "type": dict(text),
        "time": {"type": "string", "format": "date-time"},
        "office": {"anyOf": [dict(text), nothing]},
        "notice": {"anyOf": [dict(uuid), nothing]},
        "version": {"anyOf": [{"type": "integer"}, nothing]},
        "backfill": {"type": "boolean"},
        "urgent": {"type": "boolean"},
        "reference": {"anyOf": [dict(text), nothing]},
        "landlord": {"anyOf": [dict(text), nothing]},
        "tenant": dict(uuid),
        "reason": {"anyOf": [dict(text), nothing]},
        "delete": {"type": "boolean"},
        "from_office": dict(text),
        "to_office": {"anyOf": [dict(text), nothing]},
        "lapses_on": {"type": "string", "format": "date"},
        "reservation": dict(uuid),
        "lease": dict(text),
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
