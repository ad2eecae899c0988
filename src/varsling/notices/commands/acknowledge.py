"""An office says that it has a notice, by a person who opened it or by its system."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.domain.identity import contains_identity_number
from varsling.domain.problems import Code, Fault, Refused, ValidationFailed
from varsling.feed import service as feed
from varsling.feed.service import GrantKind
from varsling.notices.commands.office_read import find
from varsling.notices.locking import lock_notice
from varsling.notices.schemas.changes import AcknowledgementShape
from varsling.notices.store import StoredNotice
from varsling.notices.transitions.publish import receive
from varsling.notices.views import day, instant
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.web.answers import etag_of, rendered


@dataclass(frozen=True, slots=True)
class Acknowledge(Change[Answered]):
    """R is what comes first of a fetch and an acknowledgement; for a letter's office it is this, if it is in time."""

    context: Context
    organisation: str
    notice_id: UUID
    key: IdempotencyKey | None
    shape: AcknowledgementShape

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        self._find(transaction)
        lock_notice(transaction, self.context, self.notice_id)
        if (first := idempotency.replay(transaction, self.context.keyring.cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        stored = self._find(transaction)
        at = self._at(stored, transaction.now)
        opened = self.shape.opened_by_person
        facts = {"opened_by_person": opened, "case_reference": self.shape.case_reference}
        row = AuditRow(AuditAction.NOTICE_ACKNOWLEDGED, self.organisation, stored.id, facts, stored.content_version)
        record(transaction, [row])
        seen = {"opened_at": at} if opened else {"fetched_at": at}
        events = receive(transaction, stored, actor=self.organisation, **seen)
        answer = _answer(self._find(transaction))
        if self.key is not None:
            idempotency.keep(transaction, self.context.keyring.cipher, [Binding(uuid7(), answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _find(self, transaction: Transaction) -> StoredNotice:
        return find(transaction.connection, self.context, self.organisation, self.notice_id, (GrantKind.RECEIVE,))

    def _at(self, stored: StoredNotice, now: datetime) -> datetime:
        """When it was, within what can be: not before the notice was sent, and not in the future."""
        if contains_identity_number(self.shape.case_reference or ""):
            raise Refused([Fault("/case_reference", Code.IDENTITY_NUMBER_IN_REFERENCE)])
        at = self.shape.at or now
        if at > now:
            raise Refused([Fault("/at", Code.DATE_IN_FUTURE)])
        if stored.sent_at is not None and at < stored.sent_at:
            raise ValidationFailed([Fault("/at", Code.OUT_OF_RANGE)])
        return at


def _answer(stored: StoredNotice) -> StoredAnswer:
    body = {
        "id": str(stored.id),
        "version": stored.content_version,
        "status": stored.status.value,
        "fetched_at": instant(stored.fetched_at),
        "opened_at": instant(stored.opened_at),
        "received_on": day(stored.received_on),
    }
    return StoredAnswer(200, rendered(body), etag=etag_of(stored.content_version))
