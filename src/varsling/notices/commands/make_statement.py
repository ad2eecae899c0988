"""A tenant makes a statement on her page, for the office that has her notice."""

from dataclasses import dataclass
from uuid import UUID

from varsling.command_base import Decision
from varsling.domain.problems import NoticeClosed
from varsling.domain.tenant import Statement
from varsling.notices.commands.base import NoticeCommand
from varsling.notices.locking import LockedNotice
from varsling.notices.transitions.statements import make_statement


@dataclass(frozen=True, slots=True)
class MakeStatement(NoticeCommand[None]):
    """Store a tenant's statement, made through one of her codes, and tell her office. It is not told the same again.

    Raises NotFound; RateLimited; NoticeClosed if the notice has ended or does not name her: then no office is to hear.
    """

    tenant_id: UUID
    code_id: UUID
    statement: Statement

    def decide(self, locked: LockedNotice) -> Decision[None]:
        if not locked.stored.is_open or self.tenant_id not in {row.id for row in locked.stored.remaining_tenants}:
            raise NoticeClosed
        return Decision(None, make_statement(locked, self.tenant_id, self.code_id, self.statement))
