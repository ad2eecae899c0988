"""Finding the office of a notice after its acceptance. Registers are asked before the transaction, never inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from varsling.command_base import Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.dwelling import Dwelling
from varsling.domain.lifecycle import HeldFor, NoticeStatus
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.remarks import Remark
from varsling.domain.synthetic import PersonOutcome
from varsling.notices.commands.base import NoticeCommand, NoticesCommand
from varsling.notices.commands.protection import ProtectionAnswers
from varsling.notices.locking import LockedNotice, lock_notices
from varsling.notices.store import encode_protection
from varsling.notices.stored import StoredNotice, endings_of
from varsling.notices.tables import notices
from varsling.notices.transitions.route import hold_for_office, move_to_office, release
from varsling.offices.service import Resolution
from varsling.privacy.audit import AuditAction

Resolutions = Mapping[UUID, Resolution]
"""By notice."""


def resolve_offices(context: Context, found: Iterable[StoredNotice], today: date) -> Resolutions:
    """Find where the dwellings lie and which offices serve them, by what the registers say today. It may wait for them.

    What NORG2 says otherwise than the register is kept first.
    """
    offices = context.offices
    production = context.settings.production
    dwellings: dict[UUID, Dwelling] = {
        one.id: one.notice.dwelling
        for one in found
        if one.notice is not None and PersonOutcome.OFFICE_UNKNOWN not in endings_of(one, production=production)
    }
    if not dwellings:
        return {}
    offices.look_up(dwellings.values(), today)
    first: dict[UUID, Resolution] = {
        notice_id: offices.resolve(dwelling, today) for notice_id, dwelling in dwellings.items()
    }
    unserved = offices.renew(context.writer, {one.area for one in first.values() if not one.faults and one.area})
    if not offices.renews:
        return first
    offices.refresh(context.engine)
    again = {notice_id: offices.resolve(dwelling, today) for notice_id, dwelling in dwellings.items()}
    return {
        notice_id: one._replace(office=None, found_by=FoundBy.PENDING) if one.area in unserved else one
        for notice_id, one in again.items()
    }


@dataclass(frozen=True, slots=True)
class FixOffices(NoticesCommand[Sequence[StoredNotice]]):
    """Fix the office of the newest versions, whose first copy is about to be written.

    If the registers now name no office, or contradict what the landlord said, a person is asked: no copy goes out that
    names the wrong one. What an operator decided stands, but for an office that has closed. Answers the notices as
    they are now.
    """

    resolutions: Resolutions
    protections: ProtectionAnswers

    def lock(self, transaction: Transaction) -> Sequence[LockedNotice]:
        return lock_notices(transaction, self.context, self.resolutions.keys())

    def decide(self, locked: Sequence[LockedNotice]) -> Decision[Sequence[StoredNotice]]:
        for notice in locked:
            if notice.stored.version_office is None and notice.stored.office is not None:
                self._fix(notice)
        return Decision([notice.stored for notice in locked])

    def _fix(self, notice: LockedNotice) -> None:
        office, version_id = self._office_of(notice), notice.stored.version_id
        answer = self.protections.get(version_id)
        cipher = self.context.keyring.cipher
        encrypted = None if answer is None else encode_protection(cipher, version_id, answer)
        notice.update_version(version_id, office_number=office, protection=encrypted)
        notice.stored = replace(notice.stored, version_office=office, protection=answer)

    def _office_of(self, notice: LockedNotice) -> OfficeNumber | None:
        stored = notice.stored
        current = self.context.offices.register.active_office(stored.office or "")
        known = current.number if current else stored.office
        found = self.resolutions[stored.id]
        if stored.found_by is FoundBy.OPERATOR:
            found = found._replace(office=known, found_by=FoundBy.OPERATOR)
        elif found.silent:  # what was known before beats an answer with a part missing
            found = found._replace(office=known, found_by=stored.found_by)
        if found.office == stored.office:
            return stored.office
        if found.office is None:
            hold_for_office(notice)
            return None
        move_to_office(notice, found, AuditAction.NOTICE_OFFICE_CHANGED, Remark.OFFICE_CHANGED)
        return found.office


def waiting_for_office() -> sa.ColumnElement[bool]:
    """Select the notices that are held because no office is known."""
    return sa.and_(
        notices.c.held_for == HeldFor.OFFICE.value,
        notices.c.status == NoticeStatus.ACCEPTED.value,
        notices.c.office_number.is_(None),
    )


@dataclass(frozen=True, slots=True)
class FindOffice(NoticeCommand[bool]):
    """The office of a held notice was found: the notice goes on. Answers whether it still waited."""

    found: Resolution

    def decide(self, locked: LockedNotice) -> Decision[bool]:
        stored = locked.stored
        if stored.held_for is not HeldFor.OFFICE or stored.office is not None or self.found.office is None:
            return Decision(False)
        locked.update(remarks=tuple(one for one in stored.remarks if one is not Remark.OFFICE_TO_BE_FOUND))
        move_to_office(locked, self.found, AuditAction.NOTICE_OFFICE_FOUND)
        release(locked)
        return Decision(True)
