"""An audit row is part of the change that it describes."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import create_engine, reading
from varsling.database.writer import Writer
from varsling.privacy.audit import AuditAction, AuditRow, LegalBasis, basis_of, history, log
from varsling.privacy.tables import audit_rows

NOTICE = uuid4()
ACCEPTED = AuditRow(AuditAction.NOTICE_ACCEPTED, "311758489", NOTICE, {"tenants": 2, "agent": False}, version=1)
SENT = AuditRow(AuditAction.NOTICE_SENT, "worker", NOTICE, {"office": "0315", "case": None}, version=1)


@dataclass(frozen=True, slots=True)
class Record(Change[None]):
    rows: tuple[AuditRow, ...]
    error: Exception | None = None

    def apply(self, transaction: Transaction) -> None:
        log(transaction, self.rows)
        if self.error is not None:
            raise self.error


@pytest.fixture
def writer(database_url: str) -> Iterator[Writer]:
    writer = Writer(create_engine(database_url, pool_size=1), Clock())
    writer.start()
    yield writer
    writer.stop()


def test_a_history_has_its_rows_in_order(writer: Writer, engine: sa.Engine) -> None:
    other = AuditRow(AuditAction.RESERVATION_MADE, "311758489", UUID(int=1))
    writer.submit_and_wait(Record((ACCEPTED, other)))
    writer.submit_and_wait(Record((SENT,)))
    writer.submit_and_wait(Record(()))
    with reading(engine) as connection:
        told = history(connection, NOTICE)
        assert [one.row for one in told] == [ACCEPTED, SENT]
        assert told[0].at <= told[1].at
        assert {one.basis for one in told} == {LegalBasis.NOTICE}
        assert [one.row for one in history(connection, NOTICE, {AuditAction.NOTICE_SENT})] == [SENT]
        assert [one.row for one in history(connection, UUID(int=1))] == [other]


def test_many_rows_of_one_change_keep_their_order(writer: Writer, engine: sa.Engine) -> None:
    rows = [AuditRow(AuditAction.NOTICE_UPDATED, "311758489", NOTICE, {"number": number}) for number in range(300)]
    writer.submit_and_wait(Record(tuple(rows)))
    with reading(engine) as connection:
        assert [one.row for one in history(connection, NOTICE)] == rows


def test_what_is_rolled_back_leaves_no_trace(writer: Writer, engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        writer.submit_and_wait(Record((ACCEPTED,), ZeroDivisionError()))
    with reading(engine) as connection:
        assert history(connection, NOTICE) == []


def test_each_row_has_a_salt_of_its_own(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Record((ACCEPTED, ACCEPTED)))
    with reading(engine) as connection:
        salts = connection.scalars(sa.select(audit_rows.c.salt)).all()
    assert len(set(salts)) == 2
    assert {len(salt) for salt in salts} == {32}


def test_everything_that_is_done_has_a_basis() -> None:
    assert {basis_of(action, {}) for action in AuditAction} == set(LegalBasis)
    assert basis_of(AuditAction.NOTICE_BLOCKED, {"reason": "tenant-reserved"}) is LegalBasis.RESERVATION
    assert basis_of(AuditAction.NOTICE_WITHDRAWN, {"reason": "reserved"}) is LegalBasis.RESERVATION
    assert basis_of(AuditAction.NOTICE_WITHDRAWN, {"reason": "mistake"}) is LegalBasis.NOTICE
    assert basis_of(AuditAction.LETTER_DISPATCHED, {"kind": "office"}) is LegalBasis.NOTICE
