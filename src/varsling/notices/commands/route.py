"""Finding the office of a notice after its acceptance. Registers are asked before the transaction, never inside."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as copies
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import HeldFor, NoticeStatus
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.remarks import Remark
from varsling.notices.locking import lock_landlords_of, lock_notice, read_locked, write
from varsling.notices.store import StoredNotice, load
from varsling.notices.tables import notice_versions, notices
from varsling.notices.transitions.route import go_to, hold_for_office
from varsling.offices.service import Resolution
from varsling.privacy.audit import AuditAction

Resolutions = Mapping[UUID, Resolution]
"""By notice."""


def resolved(context: Context, found: Iterable[StoredNotice]) -> Resolutions:
    """Where the dwellings lie and who serves them, by what the registers say today; it may wait for them.

    What NORG2 says otherwise than the register is kept first.
    """
    offices, dwellings = context.offices, {one.id: one.notice.dwelling for one in found if one.notice is not None}
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
    offices.look_up(dwellings.values(), today)
    first = {notice_id: offices.resolve(dwelling, today) for notice_id, dwelling in dwellings.items()}
    shut = offices.renew(context.writer, {one.area for one in first.values() if not one.faults and one.area})
    offices.refresh(context.engine)
    again = {notice_id: offices.resolve(dwelling, today) for notice_id, dwelling in dwellings.items()}
    return {
        notice_id: one._replace(office=None, found_by=FoundBy.PENDING) if one.area in shut else one
        for notice_id, one in again.items()
    }


def without_office(context: Context, wanted: Collection[tuple[UUID, int]]) -> list[StoredNotice]:
    """The notices of those of the versions, by notice and number, that are the newest and have no fixed office yet."""
    with reading(context.engine) as connection:
        these = notices.c.id.in_({notice_id for notice_id, _ in wanted})
        found = load(connection, context.keyring.cipher, these)
    return [one for one in found if one.version_office is None and (one.id, one.version) in wanted]


@dataclass(frozen=True, slots=True)
class FixOffices(Change[None]):
    """Fix the office of the newest versions, whose first copy is being written.

    Where the registers now name none, or contradict what the landlord said, a person is asked: no copy goes out that
    names the wrong one. What an operator decided stands, but for an office that has closed. `protections` is what
    `protecting.answers` gave.
    """

    context: Context
    resolutions: Resolutions
    protections: Mapping[UUID, bytes]

    def apply(self, transaction: Transaction) -> None:
        lock_landlords_of(transaction, self.resolutions)
        for stored in read_locked(transaction, self.context, self.resolutions):
            if stored.version_office is None and stored.office is not None:
                number = self._office_of(transaction, stored)
                row = notice_versions.c.id == stored.version_id
                fixed = {"office_number": number, "protection": self.protections.get(stored.version_id)}
                transaction.connection.execute(notice_versions.update().where(row).values(fixed))

    def _office_of(self, transaction: Transaction, stored: StoredNotice) -> OfficeNumber | None:
        current = self.context.offices.register.active_office(stored.office or "")
        found = self.resolutions[stored.id]
        if stored.found_by is FoundBy.OPERATOR:
            found = found._replace(office=current.number if current else stored.office, found_by=FoundBy.OPERATOR)
        elif found.silent:  # what was known is better than what is left without the answer
            found = found._replace(office=current.number if current else stored.office, found_by=stored.found_by)
        if found.office == stored.office:
            return stored.office
        if found.office is None:
            hold_for_office(transaction, stored)
            return None
        remarks = (*stored.remarks, Remark.OFFICE_CHANGED)
        go_to(transaction, self.context, replace(stored, remarks=remarks), found, AuditAction.NOTICE_OFFICE_CHANGED)
        return found.office


def find_offices(context: Context) -> int:
    """Look again for the offices of notices that wait for one; how many were found."""
    waiting = sa.and_(
        notices.c.held_for == HeldFor.OFFICE.value,
        notices.c.status == NoticeStatus.ACCEPTED.value,
        notices.c.office_number.is_(None),
    )
    with reading(context.engine) as connection:
        found = resolved(context, load(connection, context.keyring.cipher, waiting))
    known = {notice_id: one for notice_id, one in found.items() if one.office is not None}
    return sum(context.writer.submit_and_wait(FindOffice(context, *one)) for one in known.items())


@dataclass(frozen=True, slots=True)
class FindOffice(Change[bool]):
    """A notice whose office was not known is let go to the one that was found; whether it still waited."""

    context: Context
    notice_id: UUID
    found: Resolution

    def apply(self, transaction: Transaction) -> bool:
        stored = lock_notice(transaction, self.context, self.notice_id)
        if stored.held_for is not HeldFor.OFFICE or stored.office is not None or self.found.office is None:
            return False
        remarks = tuple(remark for remark in stored.remarks if remark is not Remark.OFFICE_TO_BE_FOUND)
        stored = replace(stored, remarks=remarks, held_for=None)
        go_to(transaction, self.context, stored, self.found, AuditAction.NOTICE_OFFICE_FOUND)
        write(transaction, stored, held_for=None)
        copies.release(transaction, stored.id)
        return True
