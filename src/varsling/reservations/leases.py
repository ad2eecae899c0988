"""The end of a lease, as the landlord's side tells it: how long a reservation is to be kept follows from it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.landlords.locking import lock_landlords
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.reservations.schemas import LeaseEndShape
from varsling.reservations.tables import leases
from varsling.web.answers import etag_of, rendered


@dataclass(frozen=True, slots=True)
class EndLease(Change[Answered]):
    """Keep the day on which a lease ends; said again with another day, the newer word stands.

    Each side's word is its own: what an agent says ends no reservation that the landlord registered.
    """

    context: Context
    principal: Principal
    key: IdempotencyKey | None
    shape: LeaseEndShape

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        landlord_key = self.context.keyring.index.landlord_key(self.shape.landlord.to_domain())
        lock_landlords(transaction, [landlord_key])
        if (first := idempotency.replay(transaction, self.context.keyring.cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        answer = self._answer(self._keep(transaction, landlord_key))
        if self.key is not None:
            idempotency.keep(transaction, self.context.keyring.cipher, [Binding(uuid7(), answer, self.key)])
        return Answered(answer)

    def _keep(self, transaction: Transaction, landlord_key: str) -> int:
        """The version that stands."""
        c, connection = leases.c, transaction.connection
        acting, reference = self.principal.acting, self.shape.lease.reference
        mine = sa.and_(c.landlord_key == landlord_key, c.acting_organisation == acting, c.reference == reference)
        known = connection.execute(sa.select(c.id, c.version, c.ended_on).where(mine)).first()
        if known is not None and known.ended_on == self.shape.on:
            return int(known.version)
        version = 1 if known is None else known.version + 1
        said: dict[str, Any] = {"version": version, "ended_on": self.shape.on, "told_at": transaction.now}
        if known is None:
            lease_id = uuid7()
            row = {"id": lease_id, "landlord_key": landlord_key, "acting_organisation": acting, "reference": reference}
            connection.execute(leases.insert().values(row | said))
        else:
            lease_id = known.id
            connection.execute(leases.update().where(c.id == lease_id).values(said))
        facts = {"on": self.shape.on.isoformat()}
        record(transaction, [AuditRow(AuditAction.LEASE_ENDED, acting, lease_id, facts, version)])
        return version

    def _answer(self, version: int) -> StoredAnswer:
        told = {
            "version": version,
            "landlord": {"organisation_number": self.shape.landlord.organisation_number},
            "lease": {"reference": self.shape.lease.reference},
            "on": self.shape.on.isoformat(),
        }
        return StoredAnswer(status=200, body=rendered(told), location=None, etag=etag_of(version))
