"""A NAV office says, through its integration, that a notice belongs to another office."""

from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.domain.office import OfficeNumber
from varsling.feed import service as feed
from varsling.feed.service import GrantKind
from varsling.notices.commands.office_read import find
from varsling.notices.locking import lock_notice
from varsling.notices.schemas.changes import ForwardingShape
from varsling.notices.store import StoredNotice
from varsling.notices.transitions.forward import forward
from varsling.notices.views import instant
from varsling.web.answers import etag_of, rendered


@dataclass(frozen=True, slots=True)
class Forward(Change[Answered]):
    """An integration's office says that the notice is another's, or that it does not know whose it is."""

    context: Context
    organisation: str
    notice_id: UUID
    key: IdempotencyKey | None
    shape: ForwardingShape

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.key

    def apply(self, transaction: Transaction) -> Answered:
        # Before the notice is looked for: who handed it on cannot see it any more, and may ask whether that was done.
        cipher = self.context.keyring.cipher
        if (first := idempotency.replay(transaction, cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        self._find(transaction)
        lock_notice(transaction, self.context, self.notice_id)
        # And after the lock: the same call that ran meanwhile has handed it on.
        if (first := idempotency.replay(transaction, cipher, self.key)) is not None:
            return Answered(first, replayed=True)
        stored = self._find(transaction)
        to, events = forward(transaction, self.context, stored, self.shape, self.organisation)
        answer = self._answer(transaction, stored, to)
        if self.key is not None:
            idempotency.keep(transaction, cipher, [Binding(uuid7(), answer, self.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _find(self, transaction: Transaction) -> StoredNotice:
        return find(transaction.connection, self.context, self.organisation, self.notice_id, (GrantKind.RECEIVE,))

    def _answer(self, transaction: Transaction, stored: StoredNotice, to: OfficeNumber | None) -> StoredAnswer:
        office = None if to is None else self.context.offices.office(to)
        body = {
            "id": str(stored.id),
            "version": stored.content_version,
            "status": stored.status.value,
            "office": None if office is None else {"number": office.number, "name": office.name},
            "forwarded_at": instant(transaction.now),
        }
        return StoredAnswer(200, rendered(body), etag=etag_of(stored.content_version))
