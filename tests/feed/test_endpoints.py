"""The feed over HTTP, as landlords' systems and integrations read it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.database.conftest import until
from tests.feed.streams import OFFICE, Tell, assert_unbroken, names, told, told_office
from tests.service import LANDLORD, NAV, OTHER_LANDLORD, Service
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing, reading
from varsling.feed.reader import StreamReader
from varsling.feed.service import Grant, GrantKind
from varsling.feed.upkeep import NewEpoch, Prune

NO_STORE = "no-store, private"


def tell(service: Service, *events_of: str, organisation: str = LANDLORD) -> None:
    service.context.writer.submit_and_wait(Tell([told(name, organisation) for name in events_of]))


def grant(service: Service, kind: GrantKind = GrantKind.RECEIVE) -> None:
    service.context.writer.submit_and_wait(Grant(NAV, OFFICE, kind, lambda _transaction, _office: ()))


def feed(client: httpx.Client, after: str | None = None, **parameters: Any) -> dict[str, Any]:
    answer = client.get("/v1/feed", params=parameters | ({} if after is None else {"after": after}))
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def in_state(service: Service) -> StreamReader:
    streams: StreamReader = service.app.state.streams
    return streams


def waiting(service: Service) -> int:
    return in_state(service).watch.waiting


def test_a_stream_page_by_page(service: Service) -> None:
    tell(service, *(f"{number}" for number in range(25)))
    landlord = service.landlord()
    first = feed(landlord, limit=10)
    second = feed(landlord, first["next"], limit=10)
    third = feed(landlord, second["next"], limit=10)
    assert [len(page["events"]) for page in (first, second, third)] == [10, 10, 5]
    events = first["events"] + second["events"] + third["events"]
    assert names(events) == [f"{number}" for number in range(25)]
    assert_unbroken(events)
    assert feed(landlord, third["next"]) == {"epoch": 1, "events": [], "next": third["next"]}
    tell(service, "25")
    assert names(feed(landlord, third["next"])["events"]) == ["25"]


def test_both_sides_read_their_own(service: Service) -> None:
    grant(service)
    service.context.writer.submit_and_wait(Tell([told_office("office's"), told("landlord's", LANDLORD)]))
    assert names(feed(service.nav())["events"]) == ["office's"]
    assert names(feed(service.landlord())["events"]) == ["landlord's"]
    assert feed(service.landlord(OTHER_LANDLORD))["events"] == []
    # A supplier reads its own notices, not its customer's stream.
    assert feed(service.landlord(supplier=OTHER_LANDLORD))["events"] == []


def test_a_hundred_events_unless_asked_otherwise(service: Service) -> None:
    tell(service, *(f"{number}" for number in range(1001)))
    landlord = service.landlord()
    assert len(feed(landlord)["events"]) == 100
    assert len(feed(landlord, limit=1000)["events"]) == 1000
    for parameters in ({"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"wait": -1}, {"wait": 31}, {"wait": "nan"}):
        assert refused(landlord.get("/v1/feed", params=parameters)) == (422, "validation-failed")


def test_the_scope_is_wanted(service: Service) -> None:
    assert refused(service.anonymous().get("/v1/feed")) == (401, "unauthenticated")
    other = service.client(LANDLORD, ["notices.write"])
    assert refused(other.get("/v1/feed")) == (403, "forbidden")
    assert refused(other.get("/v1/feed/head")) == (403, "forbidden")


def test_the_head(service: Service) -> None:
    landlord = service.landlord()
    assert landlord.get("/v1/feed/head").json() == {"epoch": 1, "position": 0}
    tell(service, "1", "2")
    service.context.writer.submit_and_wait(NewEpoch())
    answer = landlord.get("/v1/feed/head")
    assert answer.json() == {"epoch": 2, "position": 2}
    assert answer.headers["cache-control"] == NO_STORE


def test_from_the_head_on(service: Service) -> None:
    landlord = service.landlord()
    for name in ("1", "2"):
        page = feed(landlord, "head")
        assert page["events"] == []
        tell(service, name)
        assert names(feed(landlord, page["next"])["events"]) == [name]


def test_from_an_instant_on(service: Service) -> None:
    landlord = service.landlord()
    assert feed(landlord, "2020-01-01T00:00:00Z")["events"] == []
    tell(service, "1", "2")
    move_clock(service, timedelta(hours=1))
    tell(service, "3", "4")
    events = feed(landlord)["events"]
    assert names(feed(landlord, "2020-01-01T00:00:00Z")["events"]) == ["1", "2", "3", "4"]
    assert names(feed(landlord, events[0]["time"])["events"]) == ["1", "2", "3", "4"]
    assert names(feed(landlord, events[2]["time"])["events"]) == ["3", "4"]
    assert names(feed(landlord, events[2]["time"], limit=1)["events"]) == ["3"]
    assert names(feed(landlord, events[2]["time"].replace("Z", "+00:00"))["events"]) == ["3", "4"]
    future = feed(landlord, "2199-01-01T00:00:00Z")
    assert future["events"] == []
    tell(service, "5")
    assert names(feed(landlord, future["next"])["events"]) == ["5"]


@pytest.mark.parametrize(
    "instant", ["2026-11-23T09:00:00", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-11-23Tx"]
)
def test_an_instant_that_is_none(service: Service, instant: str) -> None:
    answer = service.landlord().get("/v1/feed", params={"after": instant})
    assert refused(answer) == (422, "validation-failed")
    assert [(fault["parameter"], fault["code"]) for fault in answer.json()["errors"]] == [("after", "invalid-date")]
    assert instant not in answer.text


def test_cursors_that_were_not_given_to_this_reader(service: Service) -> None:
    tell(service, "1", "2")
    tell(service, "1", "2", organisation=OTHER_LANDLORD)
    given = feed(service.landlord(), limit=1)["next"]
    others = [
        given[:-1],
        given[:-1] + ("A" if given[-1] != "A" else "B"),
        given + "A",
        given + "====",
        f"{given[:10]}!{given[10:]}",
        "",
        "x",
        "æ",
        "HEAD",
    ]
    others.append(feed(service.landlord(OTHER_LANDLORD), limit=1)["next"])
    assert given not in others
    for other in others:
        answer = service.landlord().get("/v1/feed", params={"after": other})
        assert refused(answer) == (400, "cursor-unknown")
        assert answer.headers["cache-control"] == NO_STORE


def test_cursors_are_deterministic(new_service: Callable[..., Service]) -> None:
    first, second = new_service(), new_service()
    tell(first, "1", "2")
    assert feed(first.landlord(), limit=1) == feed(second.landlord(), limit=1)


def test_a_cursor_of_an_older_epoch_says_where_to_go_on(service: Service) -> None:
    tell(service, "1", "2", "3")
    landlord = service.landlord()
    given = feed(landlord, limit=2)["next"]
    service.context.writer.submit_and_wait(NewEpoch())
    answer = landlord.get("/v1/feed", params={"after": given})
    assert refused(answer) == (410, "cursor-expired")
    assert answer.headers["cache-control"] == NO_STORE
    page = feed(landlord, answer.json()["restart"])
    assert (page["epoch"], names(page["events"])) == (2, ["3"])


def test_a_cursor_older_than_retention_says_where_to_go_on(service: Service) -> None:
    landlord = service.landlord()
    beginning = feed(landlord)["next"]
    tell(service, "1", "2")
    kept = feed(landlord)["next"]
    move_clock(service, timedelta(days=4 * 365))
    tell(service, "3")
    service.context.writer.submit_and_wait(Prune())
    answer = landlord.get("/v1/feed", params={"after": beginning})
    assert refused(answer) == (410, "cursor-expired")
    page = feed(landlord, answer.json()["restart"])
    assert [(event["position"], event["reference"]) for event in page["events"]] == [(3, "3")]
    assert names(feed(landlord, kept)["events"]) == names(feed(landlord)["events"]) == ["3"]


def test_a_full_page_is_immutable(service: Service) -> None:
    tell(service, *(f"{number}" for number in range(5)))
    landlord = service.landlord()
    after = feed(landlord, limit=1)["next"]
    full = landlord.get("/v1/feed", params={"after": after, "limit": 2})
    assert full.headers["cache-control"] == "private, immutable"
    tag = full.headers["etag"]
    for lines in ([tag], [f'"other", W/{tag}'], ['"other"', tag], ["*"]):
        given = [("If-None-Match", line) for line in lines]
        again = landlord.get("/v1/feed", params={"after": after, "limit": 2}, headers=given)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, immutable"
    tell(service, "5")
    assert landlord.get("/v1/feed", params={"after": after, "limit": 2}).content == full.content
    for parameters in ({"after": after, "limit": 3}, {"after": full.json()["next"], "limit": 2}):
        other = landlord.get("/v1/feed", params=parameters, headers={"If-None-Match": tag})
        assert (other.status_code, len(other.json()["events"])) == (200, parameters["limit"])
    stranger = service.landlord(OTHER_LANDLORD)
    answer = stranger.get("/v1/feed", params={"after": after, "limit": 2}, headers={"If-None-Match": tag})
    assert refused(answer) == (400, "cursor-unknown")


def test_any_other_page_is_not_kept(service: Service) -> None:
    tell(service, "1", "2")
    landlord = service.landlord()
    after = feed(landlord, limit=1)["next"]
    now = feed(landlord)["events"][0]["time"]
    for parameters in ({}, {"limit": 2}, {"after": after, "limit": 2}, {"after": "head"}, {"after": now, "limit": 1}):
        answer = landlord.get("/v1/feed", params=parameters)
        assert answer.headers["cache-control"] == NO_STORE
        assert "etag" not in answer.headers


def test_a_long_poll_ends_with_an_event(service: Service) -> None:
    landlord = service.landlord()
    after = feed(landlord)["next"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(feed, landlord, after, wait=30)
        until(lambda: waiting(service) == 1)
        tell(service, "another's", organisation=OTHER_LANDLORD)
        assert not poll.done()
        tell(service, "1")
        assert names(poll.result()["events"]) == ["1"]
    assert waiting(service) == 0


def test_a_long_poll_from_the_head_misses_nothing(service: Service) -> None:
    tell(service, "1")
    landlord = service.landlord()
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(feed, landlord, "head", wait=30)
        until(lambda: waiting(service) == 1)
        tell(service, "2")
        assert names(poll.result()["events"]) == ["2"]


def test_a_long_poll_ends_with_its_time(service: Service) -> None:
    landlord = service.landlord()
    after = feed(landlord)["next"]
    assert feed(landlord, after, wait=0.05) == {"epoch": 1, "events": [], "next": after}


def test_a_long_poll_is_told_of_a_new_epoch(service: Service) -> None:
    landlord = service.landlord()
    tell(service, "1")
    after = feed(landlord)["next"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(landlord.get, "/v1/feed", params={"after": after, "wait": 10})
        until(lambda: waiting(service) == 1)
        service.context.writer.submit_and_wait(NewEpoch())
        assert refused(poll.result()) == (410, "cursor-expired")


def test_a_long_poll_sees_an_event_of_another_process(new_service: Callable[..., Service]) -> None:
    here, there = new_service(), new_service()
    landlord = here.landlord()
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(feed, landlord, "head", wait=30)
        until(lambda: waiting(here) == 1)
        tell(there, "1")
        assert names(poll.result()["events"]) == ["1"]


def test_long_polls_hold_no_connection(new_service: Callable[..., Service]) -> None:
    service = new_service()
    landlord = service.landlord()
    with ThreadPoolExecutor(20) as pool:
        polls = [pool.submit(feed, landlord, "head", wait=30) for _ in range(20)]
        until(lambda: waiting(service) == len(polls))
        pooled: Any = service.context.engine.pool
        until(lambda: pooled.checkedout() == 0)
        assert feed(landlord)["events"] == []
        tell(service, "1")
        assert [names(poll.result()["events"]) for poll in polls] == [["1"]] * len(polls)


def test_a_stop_ends_long_polls_with_an_empty_page(new_service: Callable[..., Service]) -> None:
    service = new_service()
    landlord = service.landlord()
    after = feed(landlord)["next"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(feed, landlord, after, wait=30)
        until(lambda: waiting(service) == 1)
        service.server.should_exit = True
        # Long before the poll would have ended by itself.
        assert poll.result(timeout=20) == {"epoch": 1, "events": [], "next": after}


def test_a_poll_of_a_receiver_is_noted_at_most_once_a_minute(service: Service) -> None:
    grant(service)
    nav = service.nav()
    assert polls(service) == {}
    feed(nav)
    service.context.writer.submit_and_wait(Tell([told_office("1")]))
    feed(nav)
    first = polls(service)
    assert first[NAV].position == 0
    move_clock(service, timedelta(seconds=61))
    feed(nav)
    second = polls(service)
    assert second[NAV].polled_at > first[NAV].polled_at
    assert second[NAV].position == 1


def test_the_polls_of_landlords_systems_are_noted_too(service: Service) -> None:
    """A landlord whose system does not read gets a tenant's reservation by letter."""
    feed(service.landlord())
    assert set(polls(service)) == {LANDLORD}


def polls(service: Service) -> dict[str, Any]:
    with reading(service.context.engine) as connection:
        rows = connection.execute(sa.text("SELECT * FROM integrations")).all()
    return {row.organisation: row for row in rows}


def move_clock(service: Service, by: timedelta) -> None:
    with connect_for_writing(service.context.engine) as connection:
        shift(connection, by)
        connection.commit()
