"""Grants: events for a new reader, silence for a former one, and publications under way at that moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.database.conftest import until
from tests.feed.streams import OFFICE, OTHER_OFFICE, Held, assert_unbroken, everything, told_office
from tests.feed.test_append import is_blocked
from varsling.database.changes import Transaction
from varsling.database.clock import Clock, shift
from varsling.database.engine import connect_for_writing, reading
from varsling.database.writer import Writer
from varsling.domain.events import Event
from varsling.feed.service import (
    Grant,
    GrantKind,
    NotePoll,
    Revoke,
    append,
    granted_offices,
    has_active_receiver,
    share_grants,
)
from varsling.privacy.audit import AuditAction
from varsling.privacy.tables import audit_rows
from varsling.settings import Settings

NAV = "312687772"
RECEIVE, OBSERVE = GrantKind.RECEIVE, GrantKind.OBSERVE

# Stands for the published, open notices.
open_notices = sa.table("open_notices", sa.column("name", sa.Text), sa.column("office", sa.Text))


@pytest.fixture(autouse=True)
def _prepared(engine: sa.Engine) -> None:
    with connect_for_writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE open_notices (name text PRIMARY KEY, office text NOT NULL)")
        connection.commit()


def publish(transaction: Transaction, name: str, office: str = OFFICE) -> None:
    share_grants(transaction)
    transaction.connection.execute(open_notices.insert().values(name=name, office=office))
    append(transaction, [told_office(name, office)])


def backfill(transaction: Transaction, office: str | None) -> Sequence[Event]:
    query = sa.select(open_notices).order_by(open_notices.c.name)
    if office is not None:
        query = query.where(open_notices.c.office == office)
    return [told_office(row.name, row.office) for row in transaction.connection.execute(query)]


def grant(office: str | None = OFFICE, kind: GrantKind = RECEIVE, organisation: str = NAV) -> Grant:
    return Grant(organisation, office, kind, backfill)


def published(writer: Writer, name: str, office: str = OFFICE) -> None:
    change = Held(lambda transaction: publish(transaction, name, office))
    change.release.set()
    writer.submit_and_wait(change)


def told_to(engine: sa.Engine, organisation: str = NAV) -> list[tuple[str, bool]]:
    events = everything(engine, organisation)
    assert_unbroken(events)
    return [(event["reference"], event["backfill"]) for event in events]


def test_a_new_reader_is_told_of_the_open_notices_and_then_of_the_new_ones(writer: Writer, engine: sa.Engine) -> None:
    for name, office in (("1", OFFICE), ("2", OTHER_OFFICE), ("3", OFFICE)):
        published(writer, name, office)
    assert writer.submit_and_wait(grant()) == 2
    published(writer, "4")
    assert told_to(engine) == [("1", True), ("3", True), ("4", False)]


def test_a_grant_for_all_offices(writer: Writer, engine: sa.Engine) -> None:
    published(writer, "1")
    published(writer, "2", OTHER_OFFICE)
    assert writer.submit_and_wait(grant(None)) == 2
    published(writer, "3", OTHER_OFFICE)
    assert told_to(engine) == [("1", True), ("2", True), ("3", False)]


def test_nobody_else_is_told_again(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(grant(organisation="313367002"))
    published(writer, "1")
    writer.submit_and_wait(grant())
    assert told_to(engine, "313367002") == [("1", False)]


def test_what_is_read_already_is_not_told_again(writer: Writer, engine: sa.Engine) -> None:
    published(writer, "1")
    published(writer, "2", OTHER_OFFICE)
    assert writer.submit_and_wait(grant(OFFICE, OBSERVE)) == 1
    assert writer.submit_and_wait(grant(OFFICE, RECEIVE)) == 0
    assert writer.submit_and_wait(grant(OFFICE, RECEIVE)) is None
    assert writer.submit_and_wait(grant(None)) == 1
    assert writer.submit_and_wait(grant(OTHER_OFFICE)) == 0
    published(writer, "3")
    assert told_to(engine) == [("1", True), ("2", True), ("3", False)]


def test_a_revoked_grant_stops_the_appending_and_takes_nothing_back(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(grant())
    published(writer, "1")
    assert not writer.submit_and_wait(Revoke(NAV, OFFICE, OBSERVE))
    assert not writer.submit_and_wait(Revoke(NAV, None, RECEIVE))
    assert writer.submit_and_wait(Revoke(NAV, OFFICE, RECEIVE))
    assert not writer.submit_and_wait(Revoke(NAV, OFFICE, RECEIVE))
    published(writer, "2")
    assert told_to(engine) == [("1", False)]
    assert writer.submit_and_wait(grant()) == 2
    assert told_to(engine) == [("1", False), ("1", True), ("2", True)]


def test_a_backfill_misses_no_publication_under_way(new_writer: Callable[[], Writer], engine: sa.Engine) -> None:
    publication = Held(lambda transaction: publish(transaction, "under way"))
    with ThreadPoolExecutor(2) as pool:
        publishing = pool.submit(new_writer().submit_and_wait, publication)
        assert publication.entered.wait(60)
        granting = pool.submit(new_writer().submit_and_wait, grant())
        if engine.dialect.name == "postgresql":
            until(lambda: is_blocked(engine) or granting.done())
        publication.release.set()
        publishing.result()
        assert granting.result() == 1
    assert told_to(engine) == [("under way", True)]


def test_a_publication_during_a_backfill_is_told_once(new_writer: Callable[[], Writer], engine: sa.Engine) -> None:
    change = grant()
    granting = Held(change.apply)
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(new_writer().submit_and_wait, granting)
        assert granting.entered.wait(60)
        publishing = pool.submit(published, new_writer(), "meanwhile")
        if engine.dialect.name == "postgresql":
            until(lambda: is_blocked(engine) or publishing.done())
        granting.release.set()
        held.result()
        publishing.result()
    assert told_to(engine) == [("meanwhile", False)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_publications_do_not_wait_for_each_other_here(new_writer: Callable[[], Writer]) -> None:
    first = Held(share_grants)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(new_writer().submit_and_wait, first)
        assert first.entered.wait(60)
        published(new_writer(), "second")
        first.release.set()
        held.result()


def test_grants_are_audited(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(grant())
    writer.submit_and_wait(Revoke(NAV, OFFICE, RECEIVE))
    with reading(engine) as connection:
        rows = connection.execute(sa.select(audit_rows).order_by(audit_rows.c.id)).all()
    assert [row.action for row in rows] == [AuditAction.GRANT_MADE, AuditAction.GRANT_REVOKED]
    assert rows[0].subject == rows[1].subject
    assert rows[0].facts == f'{{"kind":"receive","office":"{OFFICE}","organisation":"{NAV}"}}'


def test_granted_offices(writer: Writer, engine: sa.Engine) -> None:
    for office, kind in ((OFFICE, RECEIVE), (OTHER_OFFICE, OBSERVE), (None, OBSERVE)):
        writer.submit_and_wait(grant(office, kind))
    writer.submit_and_wait(Revoke(NAV, None, OBSERVE))
    with reading(engine) as connection:
        assert set(connection.scalars(granted_offices(NAV))) == {OFFICE, OTHER_OFFICE}
        assert set(connection.scalars(granted_offices(NAV, [RECEIVE]))) == {OFFICE}
        assert set(connection.scalars(granted_offices("313367002"))) == set()


def active(engine: sa.Engine, office: str = OFFICE) -> bool:
    with reading(engine) as connection:
        return has_active_receiver(connection, office, Clock().now(connection), Settings())


def pass_time(engine: sa.Engine, **time: int) -> None:
    with connect_for_writing(engine) as connection:
        shift(connection, timedelta(**time))
        connection.commit()


@pytest.mark.parametrize("office", [OFFICE, None])
def test_a_receiver_is_active_for_a_day_after_its_grant_and_each_poll(
    writer: Writer, engine: sa.Engine, office: str | None
) -> None:
    assert not active(engine)
    writer.submit_and_wait(grant(office))
    assert active(engine)
    pass_time(engine, hours=25)
    assert not active(engine)
    writer.submit_and_wait(NotePoll(NAV, 0))
    assert active(engine)
    assert active(engine, OTHER_OFFICE) == (office is None)
    pass_time(engine, hours=25)
    assert not active(engine)
    writer.submit_and_wait(NotePoll(NAV, 0))
    writer.submit_and_wait(Revoke(NAV, office, RECEIVE))
    assert not active(engine)


def test_an_observer_is_no_receiver_however_it_polls(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(grant(OFFICE, OBSERVE))
    writer.submit_and_wait(NotePoll(NAV, 0))
    assert not active(engine)
