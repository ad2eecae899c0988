"""A NAV office acknowledges receipt, by a person who opened the notice or by its system."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from varsling.access.idempotency import StoredAnswer
from varsling.command_base import Decision, KeyedCommand
from varsling.database.changes import Transaction
from varsling.domain.identity import contains_identity_number
from varsling.domain.problems import Code, Fault, Refused, ValidationFailed
from varsling.feed.service import GrantKind
from varsling.notices.commands.office_read import require_readable
from varsling.notices.locking import LockedNotice, lock_notice, store_changes
from varsling.notices.lookups import granted_to
from varsling.notices.schemas.changes import AcknowledgementInput
from varsling.notices.schemas.office import AcknowledgementAnswer
from varsling.notices.stored import StoredNotice
from varsling.notices.transitions.receive import receive
from varsling.privacy.audit import AuditAction
from varsling.shapes import day, instant
from varsling.web.answers import stored_answer


@dataclass(frozen=True, slots=True)
class Acknowledge(KeyedCommand[LockedNotice]):
    """Record that the office has the notice: R, if nothing came before it."""

    organisation: str
    notice_id: UUID
    request: AcknowledgementInput

    def lock(self, transaction: Transaction) -> LockedNotice:
        allowed = granted_to(self.organisation, (GrantKind.RECEIVE,))
        return lock_notice(transaction, self.context, self.notice_id, allowed)

    def decide(self, locked: LockedNotice) -> Decision[StoredAnswer]:
        require_readable(locked.stored)
        at = self._at(locked.stored, locked.now)
        opened = self.request.opened_by_person
        facts = {"opened_by_person": opened, "case_reference": self.request.case_reference}
        locked.log(AuditAction.NOTICE_ACKNOWLEDGED, self.organisation, facts, locked.stored.published_version)
        events = receive(locked, actor=self.organisation, **{"opened_at" if opened else "fetched_at": at})
        return Decision(_answer(locked.stored), events)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        store_changes(transaction, [locked])

    def _at(self, stored: StoredNotice, now: datetime) -> datetime:
        """When the office had the notice: not before the notice was sent, and not in the future."""
        if contains_identity_number(self.request.case_reference or ""):
            raise Refused([Fault("/case_reference", Code.IDENTITY_NUMBER_IN_REFERENCE)])
        at = self.request.at or now
        if at > now:
            raise Refused([Fault("/at", Code.DATE_IN_FUTURE)])
        if stored.sent_at is not None and at < stored.sent_at:
            raise ValidationFailed([Fault("/at", Code.OUT_OF_RANGE)])
        return at


def _answer(stored: StoredNotice) -> StoredAnswer:
    version = stored.published_version or stored.version
    answer: AcknowledgementAnswer = {
        "id": str(stored.id),
        "version": version,
        "status": stored.status,
        "fetched_at": instant(stored.fetched_at),
        "opened_at": instant(stored.opened_at),
        "received_on": day(stored.received_on),
    }
    return stored_answer(answer, version)
