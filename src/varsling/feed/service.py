"""What other features do with streams: tell events, and ask who may read which office's notices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import BatchChange, Change, Transaction
from varsling.database.types import Instant
from varsling.domain.events import Event
from varsling.feed import store
from varsling.feed.chain import link
from varsling.feed.store import Head, NewEvent
from varsling.feed.tables import grants, integrations
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.settings import Settings

_OPERATOR = "operator"
_NOTED = sa.text(
    "INSERT INTO integrations (organisation, polled_at, position) VALUES (:organisation, :polled_at, :position)"
    " ON CONFLICT (organisation) DO UPDATE SET polled_at = excluded.polled_at, position = excluded.position"
).bindparams(sa.bindparam("polled_at", type_=Instant()))


class GrantKind(StrEnum):
    RECEIVE = "receive"
    """The office reads its notices here: nothing goes to it on paper."""
    OBSERVE = "observe"


def append(transaction: Transaction, events: Sequence[Event]) -> None:
    """Append each event to the stream of everyone who may see it: the last act of a change, which locks nothing after.

    Positions are dense in the order of commits, since a stream's head stays locked until then (guarantee 5). Times are
    the transaction's, and never go back within a stream. What one change would tell the same stream twice in the same
    words, it tells once.
    """
    told = _audiences(transaction, events)
    if not told:
        return
    organisations = sorted(told)
    heads = store.lock_heads(transaction.connection, organisations)
    new = {
        organisation: _chained(transaction.now, organisation, heads[organisation], told[organisation])
        for organisation in organisations
    }
    store.add_events(transaction.connection, [event for stream in new.values() for event in stream])
    store.move_heads(transaction.connection, {organisation: stream[-1] for organisation, stream in new.items()})


_Told = tuple[UUID, dict[str, Any]]


def _audiences(transaction: Transaction, events: Sequence[Event]) -> dict[str, list[_Told]]:
    """Each stream with what is to be appended to it."""
    readers = _readers(transaction, {event.readers_of_office for event in events if event.readers_of_office})
    told: dict[str, dict[bytes, _Told]] = {}
    for event in events:
        rendered = orjson.dumps(_contents(event))
        one = (uuid7(), orjson.loads(rendered))
        for organisation in {*event.organisations, *readers.get(event.readers_of_office, ())}:
            told.setdefault(organisation, {}).setdefault(rendered, one)
    return {organisation: list(contents.values()) for organisation, contents in told.items()}


def _readers(transaction: Transaction, offices: set[str]) -> dict[str | None, set[str]]:
    if not offices:
        return {}
    share_grants(transaction)
    column = grants.c.office_number
    rows = transaction.connection.execute(
        sa.select(column, grants.c.organisation).where(
            grants.c.revoked_at.is_(None), sa.or_(column.in_(sorted(offices)), column.is_(None))
        )
    ).all()
    return {office: {reader for granted, reader in rows if granted in (office, None)} for office in offices}


def _contents(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "office": event.office,
        "notice": event.notice,
        "version": event.version,
        "backfill": event.backfill,
        **event.members,
    }


def _chained(now: datetime, organisation: str, head: Head, told: Sequence[_Told]) -> list[NewEvent]:
    """The events with positions, times and hashes, as they follow the head."""
    time = max(now, head.time or now)
    previous = head.hash
    chained = []
    for position, (event_id, contents) in enumerate(told, head.position + 1):
        body = {"position": position, "id": str(event_id), "type": contents["type"], "time": _text(time), **contents}
        previous = link(previous, body)
        text = orjson.dumps({**body, "hash": previous}).decode()
        chained.append(NewEvent(organisation, position, event_id, time, previous, text))
    return chained


def _text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def share_grants(transaction: Transaction) -> None:
    """Keep the grants as they are until the commit; others may do the same.

    Whatever a publishing change decides by grants it reads after this, in its own statements: a grant that commits
    before is seen, and one that comes after finds the published notice for its backfill.
    """
    if transaction.connection.dialect.name == "postgresql":
        # The table's lock and not a row's: those who wait for it alone are not overtaken for ever by those who share.
        transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE MODE")


def _take_grants(transaction: Transaction) -> None:
    if transaction.connection.dialect.name == "postgresql":
        transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE ROW EXCLUSIVE MODE")


def granted_offices(organisation: str, kinds: Sequence[GrantKind] = tuple(GrantKind)) -> sa.Select[str | None]:
    """The offices that the organisation has a grant of these kinds for, for use within a query; None: all offices."""
    return sa.select(grants.c.office_number).where(
        grants.c.organisation == organisation, grants.c.revoked_at.is_(None), grants.c.kind.in_(kinds)
    )


def has_active_receiver(connection: sa.Connection, office: str, now: datetime, settings: Settings) -> bool:
    """Whether an integration with a `receive` grant for the office polled, or was granted, not too long before now.

    A change that publishes by the answer calls `share_grants` first.
    """
    return not offices_with_receiver(connection, now, settings).isdisjoint({office, None})


def offices_with_receiver(connection: sa.Connection, now: datetime, settings: Settings) -> frozenset[str | None]:
    """The offices for which `has_active_receiver` holds; None among them: all.

    None at all while the office for protected people, where there is one to be told from others, has no integration
    itself: how a notice goes must not tell where (guarantee 10).
    """
    since = now - settings.active_for
    active = (
        sa.select(grants.c.office_number)
        .distinct()
        .select_from(grants.outerjoin(integrations, integrations.c.organisation == grants.c.organisation))
        .where(
            grants.c.kind == GrantKind.RECEIVE,
            grants.c.revoked_at.is_(None),
            sa.or_(grants.c.granted_at >= since, integrations.c.polled_at >= since),
        )
    )
    found = frozenset(connection.scalars(active))
    must = settings.must_be_read
    return found if must is None or not found.isdisjoint({must, None}) else frozenset()


Backfill = Callable[[Transaction, str | None], Sequence[Event]]
"""The events that tell of an office's open published notices, of all offices' for None; their audience is not used."""


@dataclass(frozen=True, slots=True)
class Grant(Change[int | None]):
    """A grant for one office, or for all. Answers how many open notices were told of; None if it was there already.

    The open notices of offices that the organisation reads already are not told of again.
    """

    organisation: str
    office: str | None
    kind: GrantKind
    backfill: Backfill

    def apply(self, transaction: Transaction) -> int | None:
        _take_grants(transaction)
        known = set(transaction.connection.scalars(granted_offices(self.organisation)))
        if _in_force(transaction, self.organisation, self.office, self.kind):
            return None
        grant_id = uuid7()
        transaction.connection.execute(
            grants.insert().values(
                id=grant_id,
                organisation=self.organisation,
                office_number=self.office,
                kind=self.kind,
                granted_at=transaction.now,
            )
        )
        facts = {"organisation": self.organisation, "office": self.office, "kind": self.kind}
        record(transaction, [AuditRow(AuditAction.GRANT_MADE, _OPERATOR, grant_id, facts)])
        store.lock_heads(transaction.connection, [self.organisation])  # no first event costs more than any other
        if known & {self.office, None}:
            return 0
        found = [event for event in self.backfill(transaction, self.office) if event.office not in known]
        append(transaction, [self._told(event) for event in found])
        return len(found)

    def _told(self, event: Event) -> Event:
        return replace(event, readers_of_office=None, organisations=(self.organisation,), backfill=True)


@dataclass(frozen=True, slots=True)
class Revoke(Change[bool]):
    """The end of a grant: nothing more of that office is appended. Answers whether there was one."""

    organisation: str
    office: str | None
    kind: GrantKind

    def apply(self, transaction: Transaction) -> bool:
        _take_grants(transaction)
        grant_id = _in_force(transaction, self.organisation, self.office, self.kind)
        if grant_id is None:
            return False
        transaction.connection.execute(
            grants.update().where(grants.c.id == grant_id).values(revoked_at=transaction.now)
        )
        facts = {"organisation": self.organisation, "office": self.office, "kind": self.kind}
        record(transaction, [AuditRow(AuditAction.GRANT_REVOKED, _OPERATOR, grant_id, facts)])
        return True


def _in_force(transaction: Transaction, organisation: str, office: str | None, kind: GrantKind) -> UUID | None:
    grant_id: UUID | None = transaction.connection.execute(
        sa.select(grants.c.id).where(
            grants.c.organisation == organisation,
            grants.c.office_number.is_not_distinct_from(office),
            grants.c.kind == kind,
            grants.c.revoked_at.is_(None),
        )
    ).scalar_one_or_none()
    return grant_id


def granted_organisations() -> sa.Select[str]:
    """The organisations that have a grant of any kind in force."""
    return sa.select(grants.c.organisation).where(grants.c.revoked_at.is_(None)).distinct()


@dataclass(frozen=True, slots=True)
class NotePoll(BatchChange[None]):
    """An organisation read its stream up to `position`: it counts as active for the offices that it receives for, and
    as a landlord's side whose system reads what tenants reserve."""

    organisation: str
    position: int

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[None]:
        given = {change.organisation: change.position for change in changes}
        rows = [
            {"organisation": organisation, "polled_at": transaction.now, "position": given[organisation]}
            for organisation in sorted(given)
        ]
        transaction.connection.execute(_NOTED, rows)
        return [None] * len(changes)


def any_reads(connection: sa.Connection, organisations: Sequence[str], now: datetime, settings: Settings) -> bool:
    """Whether a system of one of these organisations has polled its stream not too long before now."""
    c = integrations.c
    polled = sa.select(c.organisation).where(
        c.organisation.in_(organisations), c.polled_at >= now - settings.active_for
    )
    return connection.execute(polled).first() is not None
