"""Appending: which streams get an event, what a reader reads, and which positions a failed change leaves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.database.conftest import until
from tests.feed.streams import (
    ALFA,
    BETA,
    OFFICE,
    OTHER_OFFICE,
    Held,
    Tell,
    assert_unbroken,
    everything,
    names,
    told,
    told_office,
)
from varsling.database.changes import Change, Transaction
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing, reading
from varsling.database.writer import Writer
from varsling.domain.events import Event, EventType
from varsling.feed.service import Grant, GrantKind, append


def grant(organisation: str, office: str | None, kind: GrantKind = GrantKind.RECEIVE) -> Grant:
    return Grant(organisation, office, kind, lambda _transaction, _office: ())


def test_an_event_is_what_the_contract_says(writer: Writer, engine: sa.Engine) -> None:
    notice, reservation = uuid4(), uuid4()
    members = {"reference": "K-1", "landlord": ALFA, "reservation": reservation}
    sent = Event(EventType.RESERVATION_MADE, notice, 3, "0315", members, organisations=(ALFA,))
    writer.submit_and_wait(Tell([sent]))
    (event,) = everything(engine, ALFA)
    assert list(event) == [
        "position", "id", "type", "time", "office", "notice", "version", "backfill",
        "reference", "landlord", "reservation", "hash",
    ]  # fmt: skip
    assert event | {"id": None, "time": None, "hash": None} == {
        "position": 1, "id": None, "type": "reservation.made", "time": None, "office": "0315", "notice": str(notice),
        "version": 3, "backfill": False, "reference": "K-1", "landlord": ALFA, "reservation": str(reservation),
        "hash": None,
    }  # fmt: skip
    assert_unbroken([event])


def test_what_an_event_does_not_have_is_null(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([Event(EventType.RESERVATION_MADE, organisations=(ALFA,))]))
    (event,) = everything(engine, ALFA)
    assert (event["office"], event["notice"], event["version"]) == (None, None, None)


def test_each_stream_has_positions_and_a_chain_of_its_own(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([told("1", ALFA), told("2", BETA, ALFA), told("3", BETA)]))
    writer.submit_and_wait(Tell([told("4", ALFA), told("5", ALFA)]))
    alfa, beta = everything(engine, ALFA), everything(engine, BETA)
    assert (names(alfa), names(beta)) == (["1", "2", "4", "5"], ["2", "3"])
    assert_unbroken(alfa)
    assert_unbroken(beta)
    assert alfa[1]["id"] == beta[0]["id"]


def test_the_readers_of_an_office_are_told(writer: Writer, engine: sa.Engine) -> None:
    everyone = {"all": None, "one": OFFICE, "other": OTHER_OFFICE, "observer": OFFICE}
    for organisation, office in everyone.items():
        kind = GrantKind.OBSERVE if organisation == "observer" else GrantKind.RECEIVE
        writer.submit_and_wait(grant(organisation, office, kind))
    writer.submit_and_wait(Tell([told_office("here"), told_office("there", OTHER_OFFICE), told("owner", ALFA)]))
    found = {organisation: names(everything(engine, organisation)) for organisation in (*everyone, ALFA)}
    assert found == {
        "all": ["here", "there"], "one": ["here"], "other": ["there"], "observer": ["here"], ALFA: ["owner"],
    }  # fmt: skip


def test_an_event_without_readers_is_told_to_nobody(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([told_office("unread")]))
    writer.submit_and_wait(Tell([]))
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM stream_heads").scalar_one() == 0


def test_who_reads_both_offices_is_told_of_a_forwarding_once(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(grant("all", None))
    writer.submit_and_wait(grant("one", OFFICE))
    notice = uuid4()
    members = {"from_office": OFFICE, "to_office": OTHER_OFFICE}
    both = [
        Event(EventType.NOTICE_FORWARDED, notice, 1, OTHER_OFFICE, members, readers_of_office=office)
        for office in (OFFICE, OTHER_OFFICE)
    ]
    writer.submit_and_wait(Tell(both))
    assert len(everything(engine, "all")) == len(everything(engine, "one")) == 1


def test_a_change_that_fails_takes_no_position(writer: Writer, engine: sa.Engine) -> None:
    class Fail(Change[None]):
        def apply(self, transaction: Transaction) -> None:
            append(transaction, [told("lost", ALFA, BETA)])
            raise ZeroDivisionError

    writer.submit_and_wait(Tell([told("1", ALFA)]))
    with pytest.raises(ZeroDivisionError):
        writer.submit_and_wait(Fail())
    writer.submit_and_wait(Tell([told("2", ALFA, BETA)]))
    assert names(everything(engine, ALFA)) == ["1", "2"]
    assert names(everything(engine, BETA)) == ["2"]
    assert_unbroken(everything(engine, ALFA))


def test_times_never_go_back_within_a_stream(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Tell([told("1", ALFA)]))
    with connect_for_writing(engine) as connection:
        shift(connection, timedelta(hours=-1))
        connection.commit()
    writer.submit_and_wait(Tell([told("2", ALFA, BETA)]))
    alfa, beta = everything(engine, ALFA), everything(engine, BETA)
    assert alfa[0]["time"] == alfa[1]["time"] > beta[0]["time"]


def test_the_later_commit_has_the_later_position(new_writer: Callable[[], Writer], engine: sa.Engine) -> None:
    """Two processes make the same new streams: the second waits, and sees none of its own unfinished work."""
    first = Held(lambda transaction: append(transaction, [told("first", BETA, ALFA)]))
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(new_writer().submit_and_wait, first)
        assert first.entered.wait(60)
        second = pool.submit(new_writer().submit_and_wait, Tell([told("second", ALFA, BETA)]))
        if engine.dialect.name == "postgresql":
            until(lambda: is_blocked(engine))
        assert everything(engine, ALFA) == []
        first.release.set()
        held.result()
        second.result()
    for organisation in (ALFA, BETA):
        assert names(everything(engine, organisation)) == ["first", "second"]
        assert_unbroken(everything(engine, organisation))


def is_blocked(engine: sa.Engine) -> bool:
    with reading(engine) as connection:
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        return bool(connection.exec_driver_sql(blocked).scalar_one())
