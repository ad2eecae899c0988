"""What operators decide about deliveries: channels that rest, and letters that are tried again."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.bulk import insert_rows
from varsling.database.changes import Change, Transaction
from varsling.deliveries import store
from varsling.deliveries.tables import deliveries, paused_channels
from varsling.domain.actor import Actor
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow


def paused(connection: sa.Connection) -> frozenset[str]:
    """Give the channels that an operator has paused."""
    return frozenset(connection.scalars(sa.select(paused_channels.c.channel)))


@dataclass(frozen=True, slots=True)
class PauseChannel(Change[None]):
    """`copies pause`: the channel's letters wait, at no cost, until `copies resume`."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        insert_rows(
            transaction.connection,
            paused_channels,
            [{"channel": self.channel, "paused_at": transaction.now}],
            keep_existing=True,
        )
        _log_channel(transaction, AuditAction.CHANNEL_PAUSED, self.channel)


@dataclass(frozen=True, slots=True)
class ResumeChannel(Change[None]):
    """`copies resume`: the channel's letters go on."""

    channel: str

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(paused_channels.delete().where(paused_channels.c.channel == self.channel))
        _log_channel(transaction, AuditAction.CHANNEL_RESUMED, self.channel)


def _log_channel(transaction: Transaction, action: AuditAction, channel: str) -> None:
    """Log a decision about a channel. A channel has a name and no id, so the decision is the row's subject."""
    audit.log(transaction, [AuditRow(action, Actor.OPERATOR, uuid7(), {"channel": channel})])


@dataclass(frozen=True, slots=True)
class RetryDeliveries(Change[int]):
    """`copies retry`: make deliveries due at once, with all attempts. Answers their number.

    Without an id it takes every queued delivery that failed before. An undeliverable one stays so: its notice was told,
    and a new copy requires new contact data.
    """

    delivery_id: UUID | None = None

    def apply(self, transaction: Transaction) -> int:
        c = deliveries.c
        which = c.attempts > 0 if self.delivery_id is None else c.id == self.delivery_id
        update = deliveries.update().where(store.QUEUED, c.due_at.is_not(None), which)
        update = update.values(attempts=0, due_at=transaction.now).returning(c.id, c.notice_id)
        retried = transaction.connection.execute(update).all()
        rows = [
            AuditRow(AuditAction.COPY_RETRIED, Actor.OPERATOR, row.notice_id, {"delivery": str(row.id)})
            for row in retried
        ]
        audit.log(transaction, rows)
        return len(retried)
