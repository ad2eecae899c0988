"""The end of a lease, as the landlord's side tells it. It decides how long a reservation is kept."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access.idempotency import StoredAnswer
from varsling.access.principal import Principal
from varsling.command_base import Decision, KeyedCommand
from varsling.database.changes import Transaction
from varsling.landlords import service as landlords
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.reservations.schemas import LeaseEndAnswer, LeaseEndInput
from varsling.reservations.tables import leases
from varsling.web.answers import stored_answer


class _Landlord(NamedTuple):
    transaction: Transaction
    key: str


@dataclass(frozen=True, slots=True)
class EndLease(KeyedCommand[_Landlord]):
    """Keep the day on which a lease ends. Told again with another day, the newer day stands.

    Each side tells for itself: an agent ends no reservation that the landlord registered.
    """

    principal: Principal
    request: LeaseEndInput

    def lock(self, transaction: Transaction) -> _Landlord:
        key = self.context.keyring.index.landlord_key(self.request.landlord.to_domain())
        landlords.lock_new_landlord(transaction, key)
        return _Landlord(transaction, key)

    def decide(self, locked: _Landlord) -> Decision[StoredAnswer]:
        return Decision(self._answer(self._keep(locked.transaction, locked.key)))

    def _keep(self, transaction: Transaction, landlord_key: str) -> int:
        """Store the day. Gives the version of the lease that has it."""
        c, connection = leases.c, transaction.connection
        acting, reference = self.principal.acting, self.request.lease.reference
        mine = sa.and_(c.landlord_key == landlord_key, c.acting_organisation == acting, c.reference == reference)
        known = connection.execute(sa.select(c.id, c.version, c.ended_on).where(mine)).first()
        if known is not None and known.ended_on == self.request.on:
            return int(known.version)
        version = 1 if known is None else known.version + 1
        said: dict[str, Any] = {"version": version, "ended_on": self.request.on, "told_at": transaction.now}
        if known is None:
            lease_id = uuid7()
            row = {"id": lease_id, "landlord_key": landlord_key, "acting_organisation": acting, "reference": reference}
            connection.execute(leases.insert().values(row | said))
        else:
            lease_id = known.id
            connection.execute(leases.update().where(c.id == lease_id).values(said))
        facts = {"on": self.request.on.isoformat()}
        audit.log(transaction, [AuditRow(AuditAction.LEASE_ENDED, acting, lease_id, facts, version)])
        return version

    def _answer(self, version: int) -> StoredAnswer:
        answer: LeaseEndAnswer = {
            "version": version,
            "landlord": {"organisation_number": self.request.landlord.organisation_number},
            "lease": {"reference": self.request.lease.reference},
            "on": self.request.on.isoformat(),
        }
        return stored_answer(answer, version)
