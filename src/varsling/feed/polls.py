"""Polls: the organisations that read their stream, and when they did last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import sqlalchemy as sa

from varsling.database.changes import BatchChange, Transaction
from varsling.database.types import Instant
from varsling.feed.tables import integrations
from varsling.settings import Settings

_NOTED = sa.text(
    "INSERT INTO integrations (organisation, polled_at, position) VALUES (:organisation, :polled_at, :position)"
    " ON CONFLICT (organisation) DO UPDATE SET polled_at = excluded.polled_at, position = excluded.position"
).bindparams(sa.bindparam("polled_at", type_=Instant()))


@dataclass(frozen=True, slots=True)
class NotePoll(BatchChange[None]):
    """Note that an organisation read its stream up to `position`.

    It counts as active for the offices that it receives for, and as a landlord's side whose system reads reservations.
    """

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
    """Tell whether a system of one of these organisations has polled its stream lately."""
    c = integrations.c
    polled = sa.select(c.organisation).where(
        c.organisation.in_(organisations), c.polled_at >= now - settings.active_for
    )
    return connection.execute(polled).first() is not None
