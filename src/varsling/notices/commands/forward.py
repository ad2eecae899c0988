"""A NAV office says, through its integration, that a notice belongs to another office."""

from dataclasses import dataclass
from uuid import UUID

from varsling.access.idempotency import StoredAnswer
from varsling.command_base import Decision, KeyedCommand
from varsling.database.changes import Transaction
from varsling.domain.office import OfficeNumber
from varsling.feed.service import GrantKind
from varsling.notices.commands.office_read import require_readable
from varsling.notices.locking import LockedNotice, lock_notice, store_changes
from varsling.notices.lookups import granted_to
from varsling.notices.schemas.changes import ForwardingInput
from varsling.notices.schemas.office import ForwardingAnswer
from varsling.notices.transitions.forward import forward
from varsling.shapes import instant
from varsling.web.answers import stored_answer


@dataclass(frozen=True, slots=True)
class Forward(KeyedCommand[LockedNotice]):
    """Forward the notice to the named office; without one, a person finds the right office."""

    organisation: str
    notice_id: UUID
    request: ForwardingInput

    def lock(self, transaction: Transaction) -> LockedNotice:
        allowed = granted_to(self.organisation, (GrantKind.RECEIVE,))
        return lock_notice(transaction, self.context, self.notice_id, allowed)

    def decide(self, locked: LockedNotice) -> Decision[StoredAnswer]:
        require_readable(locked.stored)
        forwarded_to, events = forward(locked, self.request, self.organisation)
        return Decision(self._answer(locked, forwarded_to), events)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        store_changes(transaction, [locked])

    def _answer(self, locked: LockedNotice, forwarded_to: OfficeNumber | None) -> StoredAnswer:
        stored = locked.stored  # as `forward` changed it
        version = stored.published_version or stored.version
        office = None if forwarded_to is None else self.context.offices.office(forwarded_to)
        answer: ForwardingAnswer = {
            "id": str(stored.id),
            "version": version,
            "status": stored.status,
            "office": None if office is None else {"number": office.number, "name": office.name},
            "forwarded_at": instant(locked.now),
        }
        return stored_answer(answer, version)
