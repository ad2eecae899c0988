"""What an office without an integration does by the code on its letter: acknowledge, forward, be done with it.

The page shows nothing of the people: they stand in the letter. Who has the letter has its code.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as copies
from varsling.deliveries.service import CodedLetter
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.lifecycle import PUBLISHED, NoticeStatus, WithdrawalReason
from varsling.domain.problems import NotFound, NoticeClosed
from varsling.feed import service as feed
from varsling.notices.events import receiving_office_of
from varsling.notices.locking import lock_notice
from varsling.notices.schemas.changes import ForwardingShape
from varsling.notices.store import StoredNotice, load
from varsling.notices.tables import notices
from varsling.notices.transitions.forward import forward
from varsling.notices.transitions.publish import receive
from varsling.offices.service import Office
from varsling.privacy.audit import AuditAction, AuditRow, record

OFFICE = "office"


class Standing(StrEnum):
    """How the notice of a letter stands, for the office that has the letter."""

    HERE = "here"
    FORWARDED = "forwarded"
    ENDED = "ended"
    DELETE = "delete"
    """It ended, and what is known of it is to be destroyed."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LetterPage:
    """What the page shows. `sent_on` is the letter's own day, `opened_on` that of the acknowledgement."""

    standing: Standing
    notice_id: str
    office: Office | None
    sent_on: date | None
    opened_on: date | None


def look(context: Context, code: str) -> LetterPage:
    """The page of a code. Raises NotFound."""
    with reading(context.engine) as connection:
        found = copies.letter_with_code(connection, context.keyring, code)
        stored = load(connection, context.keyring.cipher, notices.c.id == found.letter.notice_id) if found else []
        if found is None or not stored or stored[0].status is NoticeStatus.ACCEPTED:
            raise NotFound
        return _page(connection, context, found, stored[0])


@dataclass(frozen=True, slots=True)
class ByCode(Change[None]):
    """A step by the office that has the letter with this code. Raises NotFound; NoticeClosed where it is not theirs
    to take any more."""

    context: Context
    code: str

    @abstractmethod
    def step(self, transaction: Transaction, found: CodedLetter, stored: StoredNotice) -> Sequence[Event]: ...

    def apply(self, transaction: Transaction) -> None:
        found = copies.letter_with_code(transaction.connection, self.context.keyring, self.code)
        if found is None:
            raise NotFound
        stored = lock_notice(transaction, self.context, found.letter.notice_id)
        found = copies.letter_with_code(transaction.connection, self.context.keyring, self.code)
        if stored.status is NoticeStatus.ACCEPTED:  # it is not recorded yet that the letter has gone
            raise NotFound
        if found is None or found.closed_at is not None:
            raise NoticeClosed
        feed.append(transaction, self.step(transaction, found, stored))


@dataclass(frozen=True, slots=True)
class Opened(ByCode):
    """A person has opened the letter: that is R, if nothing came before it."""

    def step(self, transaction: Transaction, found: CodedLetter, stored: StoredNotice) -> Sequence[Event]:
        _require_here(transaction, found, stored)
        if stored.opened_at is not None:
            return []
        actor, version = _actor(found), found.letter.version
        facts = {"opened_by_person": True, "case_reference": None}
        record(transaction, [AuditRow(AuditAction.NOTICE_ACKNOWLEDGED, actor, stored.id, facts, version)])
        return receive(transaction, stored, actor=actor, opened_at=transaction.now)


@dataclass(frozen=True, slots=True)
class Forwarded(ByCode):
    """The letter came to the wrong office."""

    said: ForwardingShape

    def step(self, transaction: Transaction, found: CodedLetter, stored: StoredNotice) -> Sequence[Event]:
        _require_here(transaction, found, stored)
        _, events = forward(transaction, self.context, stored, self.said, _actor(found))
        return events


@dataclass(frozen=True, slots=True)
class Done(ByCode):
    """The office is done with the letter: the code does nothing any more. Nobody outside Nav hears of it."""

    def step(self, transaction: Transaction, found: CodedLetter, stored: StoredNotice) -> Sequence[Event]:
        copies.close_code(transaction, found.code_id)
        facts = {"delivery": str(found.letter.id)}
        record(transaction, [AuditRow(AuditAction.LETTER_DONE, _actor(found), stored.id, facts, found.letter.version)])
        return []


def _require_here(transaction: Transaction, found: CodedLetter, stored: StoredNotice) -> None:
    if _standing(transaction.connection, found, stored) is not Standing.HERE:
        raise NoticeClosed


def _standing(connection: sa.Connection, found: CodedLetter, stored: StoredNotice) -> Standing:
    if found.closed_at is not None:
        return Standing.DONE
    if stored.status not in PUBLISHED:
        closed = {reason.value for reason in WithdrawalReason if reason.closes_content}
        return Standing.DELETE if stored.reason in closed else Standing.ENDED
    here = receiving_office_of(connection, stored) == found.letter.office_number
    return Standing.HERE if here else Standing.FORWARDED


def _page(connection: sa.Connection, context: Context, found: CodedLetter, stored: StoredNotice) -> LetterPage:
    letter = found.letter
    sent_at = letter.dispatched_at
    return LetterPage(
        standing=_standing(connection, found, stored),
        notice_id=str(stored.id),
        office=context.offices.office(letter.office_number or ""),
        sent_on=None if sent_at is None else oslo_date(sent_at),
        opened_on=None if stored.opened_at is None else oslo_date(stored.opened_at),
    )


def _actor(found: CodedLetter) -> str:
    return f"{OFFICE}:{found.letter.office_number}"
