"""Upkeep of streams: declare an epoch, prune old events, find readers that lag behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.domain.actor import Actor
from varsling.feed.grants import granted_organisations
from varsling.feed.tables import integrations, stream_events, stream_heads
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow

EVENTS_KEPT = timedelta(days=3 * 365 + 1)
"""Three years (LAW § Privacy), of which one may have a leap day."""

_EVENT = stream_events.c
_HEAD = stream_heads.c


@dataclass(frozen=True, slots=True)
class NewEpoch(Change[int]):
    """Declare an epoch after a restore or a fail-over that may have lost events: older cursors expire, and readers are
    told.

    Declare it before anything is served. Answers the number of streams.
    """

    def apply(self, transaction: Transaction) -> int:
        # In the order of publications, or the two would wait for each other.
        locked = sa.select(_HEAD.organisation).order_by(_HEAD.organisation).with_for_update()
        streams = len(transaction.connection.execute(locked).all())
        transaction.connection.execute(stream_heads.update().values(epoch=_HEAD.epoch + 1))
        audit.log(transaction, [AuditRow(AuditAction.FEED_EPOCH_BEGUN, Actor.OPERATOR, uuid7(), {"streams": streams})])
        return streams


@dataclass(frozen=True, slots=True)
class Prune(Change[int]):
    """Delete at most `limit` events of one stream that are older than `keep`. Answers their number; repeat it until 0.

    Heads stay, so positions and the chain go on. A cursor from before the remaining events gets `cursor-expired`.
    """

    keep: timedelta = EVENTS_KEPT
    limit: int = 5_000

    def apply(self, transaction: Transaction) -> int:
        found = transaction.connection.execute(_too_old(transaction.now - self.keep)).first()
        if found is None:
            return 0
        organisation, first, last = found
        deleted = transaction.connection.execute(
            stream_events.delete().where(
                _EVENT.organisation == organisation, _EVENT.position <= min(last, first + self.limit - 1)
            )
        )
        return deleted.rowcount


def _too_old(before: datetime) -> sa.Select[str, int, int]:
    """Find a stream with events from before the instant, with the first and the last of them: two index probes a
    stream."""
    mine = _EVENT.organisation == _HEAD.organisation
    first = sa.select(sa.func.min(_EVENT.position)).where(mine).scalar_subquery()
    last = (
        sa.select(_EVENT.position)
        .where(mine, _EVENT.time < before)
        .order_by(_EVENT.time.desc(), _EVENT.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(_HEAD.organisation, first, last).where(last.is_not(None)).limit(1)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far an integration has read. `given` is the last position given to it, as noted once a minute.

    `waiting_since` is the time of the oldest event beyond that. `polled_at` and `given` are None for one that never
    came.
    """

    organisation: str
    polled_at: datetime | None
    given: int | None
    position: int
    waiting_since: datetime | None


def lagging(connection: sa.Connection) -> list[Lag]:
    """List every integration with a grant, by organisation number."""
    read = sa.func.coalesce(integrations.c.position, 0)
    readers = granted_organisations().subquery("readers")
    waiting_since = (
        sa.select(_EVENT.time)
        .where(_EVENT.organisation == readers.c.organisation, _EVENT.position > read)
        .order_by(_EVENT.position)
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(
            readers.c.organisation,
            integrations.c.polled_at,
            integrations.c.position,
            sa.func.coalesce(_HEAD.position, 0),
            waiting_since,
        )
        .select_from(
            readers.outerjoin(integrations, integrations.c.organisation == readers.c.organisation).outerjoin(
                stream_heads, _HEAD.organisation == readers.c.organisation
            )
        )
        .order_by(readers.c.organisation)
    )
    return [Lag(*row) for row in rows]
