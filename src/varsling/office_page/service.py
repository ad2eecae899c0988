"""The steps of an office without an integration, by the code on its letter: acknowledge, forward, close.

The page shows nothing about people: the letter does. The holder of the letter has its code.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from varsling.command_base import Command, Decision
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import CodedLetter
from varsling.domain.actor import Actor
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.lifecycle import NoticeStatus, WithdrawalReason
from varsling.domain.problems import NotFound, NoticeClosed
from varsling.notices import service as notices
from varsling.notices.service import ForwardingInput, LockedNotice, StoredNotice
from varsling.offices.service import Office
from varsling.privacy.audit import AuditAction


class LetterState(StrEnum):
    """The state of a letter's notice, for the office that has the letter."""

    HERE = "here"
    FORWARDED = "forwarded"
    ENDED = "ended"
    DELETE = "delete"
    """The notice has ended, and the office must destroy what it knows of it."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LetterPage:
    """The contents of the page. `sent_on` is the letter's own day, `opened_on` the day of the acknowledgement."""

    state: LetterState
    notice_id: str
    office: Office | None
    sent_on: date | None
    opened_on: date | None


def look(context: Context, code: str) -> LetterPage:
    """Give the page of a code. Raises NotFound."""
    with reading(context.engine) as connection:
        found = deliveries.letter_with_code(connection, context.keyring, code)
        if found is None:
            raise NotFound
        stored = notices.find_notice(connection, context, found.letter.notice_id)
        if stored.status is NoticeStatus.ACCEPTED:  # not recorded yet that the letter has gone
            raise NotFound
        return _page(context, found, stored)


class _Letter(NamedTuple):
    found: CodedLetter
    notice: LockedNotice


@dataclass(frozen=True, slots=True)
class ByCode(Command[_Letter, None]):
    """A step by the office that has the letter with this code.

    Raises NotFound; NoticeClosed if the office cannot take the step any more.
    """

    code: str

    @abstractmethod
    def step(self, found: CodedLetter, notice: LockedNotice) -> Sequence[Event]:
        """Take the step, and give the events that tell of it."""

    def lock(self, transaction: Transaction) -> _Letter:
        notice = notices.lock_notice(transaction, self.context, self._find(transaction).letter.notice_id)
        return _Letter(self._find(transaction), notice)

    def decide(self, locked: _Letter) -> Decision[None]:
        if locked.notice.stored.status is NoticeStatus.ACCEPTED:  # not recorded yet that the letter has gone
            raise NotFound
        if locked.found.closed_at is not None:
            raise NoticeClosed
        return Decision(None, self.step(locked.found, locked.notice))

    def store(self, transaction: Transaction, locked: _Letter) -> None:
        notices.store_changes(transaction, [locked.notice])

    def _find(self, transaction: Transaction) -> CodedLetter:
        found = deliveries.letter_with_code(transaction.connection, self.context.keyring, self.code)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class OpenLetter(ByCode):
    """A person has opened the letter: that is R, unless something came before."""

    def step(self, found: CodedLetter, notice: LockedNotice) -> Sequence[Event]:
        _require_here(found, notice.stored)
        if notice.stored.opened_at is not None:
            return []
        actor, facts = _actor(found), {"opened_by_person": True, "case_reference": None}
        notice.log(AuditAction.NOTICE_ACKNOWLEDGED, actor, facts, found.letter.version)
        return notices.receive(notice, actor=actor, opened_at=notice.now)


@dataclass(frozen=True, slots=True)
class ForwardLetter(ByCode):
    """The letter came to the wrong office."""

    request: ForwardingInput

    def step(self, found: CodedLetter, notice: LockedNotice) -> Sequence[Event]:
        _require_here(found, notice.stored)
        _, events = notices.forward(notice, self.request, _actor(found))
        return events


@dataclass(frozen=True, slots=True)
class CloseLetter(ByCode):
    """The office is done with the letter: its code does nothing any more. Nobody outside Nav hears of it."""

    def step(self, found: CodedLetter, notice: LockedNotice) -> Sequence[Event]:
        deliveries.close_code(notice.transaction, found.code_id)
        facts = {"delivery": str(found.letter.id)}
        notice.log(AuditAction.LETTER_DONE, _actor(found), facts, found.letter.version)
        return []


def _require_here(found: CodedLetter, stored: StoredNotice) -> None:
    if _state_of(found, stored) is not LetterState.HERE:
        raise NoticeClosed


def _state_of(found: CodedLetter, stored: StoredNotice) -> LetterState:
    if found.closed_at is not None:
        return LetterState.DONE
    if not stored.is_published:
        closed = {reason.value for reason in WithdrawalReason if reason.closes_content}
        return LetterState.DELETE if stored.reason in closed else LetterState.ENDED
    here = stored.receiving_office == found.letter.office_number
    return LetterState.HERE if here else LetterState.FORWARDED


def _page(context: Context, found: CodedLetter, stored: StoredNotice) -> LetterPage:
    letter = found.letter
    sent_at = letter.dispatched_at
    return LetterPage(
        state=_state_of(found, stored),
        notice_id=str(stored.id),
        office=context.offices.office(letter.office_number or ""),
        sent_on=None if sent_at is None else oslo_date(sent_at),
        opened_on=None if stored.opened_at is None else oslo_date(stored.opened_at),
    )


def _actor(found: CodedLetter) -> str:
    return Actor.at_office(found.letter.office_number)
