"""Offices that have merged or closed: their open notices go to who serves the dwelling now (DESIGN § 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.events import Event
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.remarks import Remark
from varsling.notices.commands.timer import SYSTEM, Due
from varsling.notices.events import named_office, receiving_office_of
from varsling.notices.locking import write
from varsling.notices.store import StoredNotice
from varsling.notices.tables import OPEN_STATUSES, notice_versions, notices
from varsling.notices.transitions.forward import hand_on, name_in_letters, tell_of_office
from varsling.notices.transitions.route import hold_for_office
from varsling.privacy.audit import AuditAction, AuditRow, record

_REASON = "closed"


def with_closed_office(connection: sa.Connection, context: Context) -> list[UUID]:
    """The open notices that an office which has closed has, or is to have."""
    c = notice_versions.c
    of_notice = notices.join(notice_versions, c.notice_id == notices.c.id)
    newest, published = c.version == notices.c.version, c.version == notices.c.published_version
    found = [
        sa.select(notices.c.id, column.label("number"))
        .select_from(of_notice)
        .where(notices.c.status.in_(OPEN_STATUSES), version, column.is_not(None))
        for column, version in (
            (notices.c.office_number, newest),
            (c.office_number, newest),
            (c.receiving_office_number, published),
        )
    ]
    pairs = sa.union(*found).subquery()
    numbers = connection.scalars(sa.select(pairs.c.number).distinct()).all()
    closed = [number for number in numbers if _closed(context, number)]
    if not closed:
        return []
    return list(connection.scalars(sa.select(pairs.c.id).where(pairs.c.number.in_(closed)).distinct()))


@dataclass(frozen=True, slots=True)
class TakenOver(Due):
    """A notice of an office that has closed: what the landlord sees, what letters name, and who has it follow."""

    def bring_about(self, transaction: Transaction, stored: StoredNotice, today: date) -> Sequence[Event] | None:
        if stored.notice is None:
            return None
        context, published = self.context, stored.published_version is not None
        named = named_office(transaction.connection, stored) if published else stored.version_office
        has_it = receiving_office_of(transaction.connection, stored)
        stored = self._shown(transaction, stored, today)
        events: list[Event] = []
        if published and has_it is not None and _closed(context, has_it):
            to = self._heir(stored, has_it, today) if has_it == named else _successor(context, has_it)
            events = hand_on(transaction, context, stored, to, _REASON, SYSTEM)
        if named is not None and _closed(context, named) and (heir := self._heir(stored, named, today)) is not None:
            if published:
                name_in_letters(transaction, stored, heir)
            else:
                _fix(transaction, stored, heir)
        return events

    def _shown(self, transaction: Transaction, stored: StoredNotice, today: date) -> StoredNotice:
        """The office that the landlord sees."""
        number = stored.office
        if number is None or not _closed(self.context, number):
            return stored
        heir = self._heir(stored, number, today)
        facts = {"from": number, "to": heir, "reason": _REASON}
        row = AuditRow(AuditAction.NOTICE_OFFICE_CHANGED, SYSTEM, stored.id, facts, stored.version)
        if heir is not None:
            record(transaction, [row])
            remarks = tuple(dict.fromkeys((*stored.remarks, Remark.OFFICE_CHANGED)))
            version = self.context.offices.register.version
            return write(transaction, stored, office=heir, remarks=remarks, register_version=version)
        return stored if stored.published_version is not None else hold_for_office(transaction, stored)

    def _heir(self, stored: StoredNotice, closed: OfficeNumber, today: date) -> OfficeNumber | None:
        """Who serves the dwelling now; what an operator chose follows its successor alone."""
        if stored.found_by is not FoundBy.OPERATOR and stored.notice is not None:
            found = self.context.offices.resolve(stored.notice.dwelling, today).office
            if found is not None and found != closed:
                return found
        return _successor(self.context, closed)


def _closed(context: Context, number: str) -> bool:
    current = context.offices.register.active_office(number)
    return current is None or current.number != number


def _successor(context: Context, number: OfficeNumber) -> OfficeNumber | None:
    current = context.offices.register.active_office(number)
    return None if current is None else current.number


def _fix(transaction: Transaction, stored: StoredNotice, heir: OfficeNumber) -> None:
    row = notice_versions.c.id == stored.version_id
    transaction.connection.execute(sa.update(notice_versions).where(row).values(office_number=heir))
    tell_of_office(transaction, stored)
