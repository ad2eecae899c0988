"""A tenant makes a statement on her page, for the office that has her notice."""

from dataclasses import dataclass
from uuid import UUID

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.domain.lifecycle import OPEN
from varsling.domain.problems import NoticeClosed
from varsling.feed import service as feed
from varsling.notices.events import letters_there
from varsling.notices.locking import lock_notice
from varsling.notices.transitions.statements import TOLD, statement_events, write_statement
from varsling.privacy.audit import AuditRow, record
from varsling.tenants import service as tenants
from varsling.tenants.service import Word

TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Say(Change[None]):
    """A tenant says something on her page. The same again changes nothing.

    Raises NotFound, and NoticeClosed where the notice has ended or does not name her: then no office is to hear.
    """

    context: Context
    notice_id: UUID
    tenant_id: UUID
    word: Word

    def apply(self, transaction: Transaction) -> None:
        stored = lock_notice(transaction, self.context, self.notice_id)
        if stored.status not in OPEN or self.tenant_id not in {row.id for row, _ in stored.named}:
            raise NoticeClosed
        if not tenants.say(transaction, self.context.keyring.cipher, self.tenant_id, self.word):
            return
        facts = {"tenant": str(self.tenant_id)}
        action = TOLD[type(self.word)].action
        record(transaction, [AuditRow(action, TENANT, stored.id, facts, stored.version)])
        if letters_there(transaction.connection, stored):
            write_statement(transaction, stored, self.tenant_id, self.word)
        feed.append(transaction, statement_events(transaction, stored, self.tenant_id, self.word))
