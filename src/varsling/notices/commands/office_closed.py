"""An office has merged or closed: its open notices go to the office that serves the dwelling now (DESIGN § 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from varsling.context import Context
from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.remarks import Remark
from varsling.notices import store
from varsling.notices.commands.timers import Timer
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import StoredNotice, distinct
from varsling.notices.tables import is_open, notice_versions, notices
from varsling.notices.transitions.forward import hand_on, name_in_letters, tell_of_office
from varsling.notices.transitions.route import hold_for_office
from varsling.privacy.audit import AuditAction

_REASON = "closed"


def due(connection: sa.Connection, context: Context) -> list[Timer]:
    """Reassign the open notices that a closed office has, or is to get. It looks at all open notices, and so only when
    an office may have closed."""
    if not context.offices.may_have_closed():
        return []
    c = notice_versions.c
    of_notice = notices.join(notice_versions, c.notice_id == notices.c.id)
    newest, published = c.version == notices.c.version, c.version == notices.c.published_version
    found = [
        sa.select(notices.c.id, column.label("number"))
        .select_from(of_notice)
        .where(is_open, version, column.is_not(None))
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
    ids = connection.scalars(sa.select(pairs.c.id).where(pairs.c.number.in_(closed)).distinct())
    return [ReassignNotice(context, notice_id) for notice_id in ids]


@dataclass(frozen=True, slots=True)
class ReassignNotice(Timer):
    """The office of a notice has closed. The landlord sees the new office, letters name it, and it gets the notice."""

    def perform(self, locked: LockedNotice) -> Sequence[Event] | None:
        stored = locked.stored
        if stored.notice is None:
            return None
        published, receiving = stored.published is not None, stored.receiving_office
        named = stored.named_office if published else stored.version_office
        self._show(locked)
        events: list[Event] = []
        if published and receiving is not None and _closed(self.context, receiving):
            same = receiving == named
            office = self._heir(stored, receiving, locked.today) if same else _successor(self.context, receiving)
            events = hand_on(locked, office, _REASON, Actor.SYSTEM)
        if (
            named is not None
            and _closed(self.context, named)
            and (heir := self._heir(stored, named, locked.today)) is not None
        ):
            if published:
                name_in_letters(locked, heir)
            else:
                _rename(locked, heir)
        return events

    def _show(self, locked: LockedNotice) -> None:
        """Change the office that the landlord sees."""
        stored, number = locked.stored, locked.stored.office
        if number is None or not _closed(self.context, number):
            return
        heir = self._heir(stored, number, locked.today)
        if heir is not None:
            locked.log(AuditAction.NOTICE_OFFICE_CHANGED, Actor.SYSTEM, {"from": number, "to": heir, "reason": _REASON})
            locked.update(
                office=heir,
                remarks=distinct((*stored.remarks, Remark.OFFICE_CHANGED)),
                register_version=self.context.offices.register.version,
            )
        elif stored.published_version is None:
            hold_for_office(locked)

    def _heir(self, stored: StoredNotice, closed: OfficeNumber, today: date) -> OfficeNumber | None:
        """The office that serves the dwelling now; for an office that an operator chose, its successor alone."""
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


def _rename(locked: LockedNotice, heir: OfficeNumber) -> None:
    """Name another office in the letters of a version that is not published."""
    store.rename_office(locked.transaction, locked.stored.id, locked.stored.version, heir)
    locked.stored = replace(locked.stored, version_office=heir)
    tell_of_office(locked)
