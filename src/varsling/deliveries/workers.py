"""The workers that run, as they tell it themselves: `varsling status` sees one that has fallen silent."""

import os
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.deliveries.tables import workers

# A worker that was killed told nobody that it went: its row is kept for a while, so that its silence is seen.
_KEPT = timedelta(days=1)
_W = workers.c


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, when it began, and when it was last seen."""

    name: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Beat(Change[None]):
    """A worker tells that it is there. The first time it is registered."""

    id: UUID = field(default_factory=uuid7)

    def apply(self, transaction: Transaction) -> None:
        seen = workers.update().where(_W.id == self.id).values(seen_at=transaction.now)
        if transaction.connection.execute(seen).rowcount:
            return
        transaction.connection.execute(workers.delete().where(_W.seen_at < transaction.now - _KEPT))
        name = f"{socket.gethostname()}:{os.getpid()}"
        row = {"id": self.id, "name": name, "started_at": transaction.now, "seen_at": transaction.now}
        transaction.connection.execute(workers.insert().values(**row))


@dataclass(frozen=True, slots=True)
class Leave(Change[None]):
    """A worker ends as it was told to."""

    id: UUID

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(workers.delete().where(_W.id == self.id))


def seen_workers(connection: sa.Connection) -> list[Worker]:
    """Give the workers that have not left, the last seen first."""
    query = sa.select(_W.name, _W.started_at, _W.seen_at).order_by(_W.seen_at.desc())
    return [Worker(*row) for row in connection.execute(query)]
