"""An operator grants an organisation an office's notices, or revokes the grant (`varsling integrations`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Change, Transaction
from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.feed import store
from varsling.feed.grants import GrantKind, granted_offices, take_grants
from varsling.feed.streams import append
from varsling.feed.tables import grants
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow

Backfill = Callable[[Transaction, str | None], Sequence[Event]]
"""Makes the events of an office's open published notices (None: of all offices'). Their audience is replaced."""


@dataclass(frozen=True, slots=True)
class Grant(Change[int | None]):
    """Grant one office's notices, or all. Answers the number of open notices told of; None if the grant existed.

    Open notices of offices that the organisation reads already are not told of again.
    """

    organisation: str
    office: str | None
    kind: GrantKind
    backfill: Backfill

    def apply(self, transaction: Transaction) -> int | None:
        take_grants(transaction)
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
        audit.log(transaction, [AuditRow(AuditAction.GRANT_MADE, Actor.OPERATOR, grant_id, facts)])
        store.lock_heads(transaction.connection, [self.organisation])  # the first event costs no more than another
        if known & {self.office, None}:
            return 0
        found = [event for event in self.backfill(transaction, self.office) if event.office not in known]
        append(transaction, [self._told(event) for event in found])
        return len(found)

    def _told(self, event: Event) -> Event:
        return replace(event, readers_of_office=None, organisations=(self.organisation,), backfill=True)


@dataclass(frozen=True, slots=True)
class Revoke(Change[bool]):
    """End a grant: the stream gets no more events of that office. Answers whether there was a grant."""

    organisation: str
    office: str | None
    kind: GrantKind

    def apply(self, transaction: Transaction) -> bool:
        take_grants(transaction)
        grant_id = _in_force(transaction, self.organisation, self.office, self.kind)
        if grant_id is None:
            return False
        transaction.connection.execute(
            grants.update().where(grants.c.id == grant_id).values(revoked_at=transaction.now)
        )
        facts = {"organisation": self.organisation, "office": self.office, "kind": self.kind}
        audit.log(transaction, [AuditRow(AuditAction.GRANT_REVOKED, Actor.OPERATOR, grant_id, facts)])
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
