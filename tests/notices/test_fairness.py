"""No caller holds the others: not by a landlord's lock, not by batches."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.notices.bodies import CONTRACT_TIME, move_clock_to, notice, of_a_person, tenant
from tests.service import LANDLORD, OTHER_LANDLORD, Service
from varsling.database.engine import connect_for_writing, create_engine
from varsling.landlords.tables import landlords
from varsling.notices.endpoints import turns

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@contextmanager
def held(service: Service, key: str) -> Iterator[None]:
    """Hold a landlord's row as another process does that does not come to its end."""
    engine = create_engine(service.settings.database_url)
    with connect_for_writing(engine) as connection:
        connection.execute(sa.select(landlords.c.key).where(landlords.c.key == key).with_for_update())
        yield
    engine.dispose()


def of(landlord: str, number: int) -> dict[str, Any]:
    body = notice(number, tenants=[tenant(number)])
    return body | {"landlord": body["landlord"] | {"organisation_number": landlord}}


@pytest.fixture
def service(service: Service) -> Service:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    for landlord in (LANDLORD, OTHER_LANDLORD):
        assert service.landlord(landlord).post("/v1/notices", json=of(landlord, 0)).status_code == 201
    return service


def test_a_change_of_a_held_landlord_s_notice_keeps_nobody_else_waiting(service: Service) -> None:
    mine, other = service.landlord(LANDLORD), service.landlord(OTHER_LANDLORD)
    (known,) = mine.get("/v1/notices").json()["items"]
    with ThreadPoolExecutor(2) as pool:
        with held(service, LANDLORD):
            waiting = pool.submit(mine.post, f"/v1/notices/{known['id']}/withdrawal", json={"reason": "mistake"})
            others = pool.submit(
                lambda: [other.post("/v1/notices", json=of(OTHER_LANDLORD, number)) for number in range(1, 11)]
            )
            slept = [sleepers(service)]
            while not others.done():
                slept.append(sleepers(service))
            assert not any(slept)
            assert {one.status_code for one in others.result()} == {201}
            assert not waiting.done()
        assert waiting.result().status_code == 200


def sleepers(service: Service) -> int:
    """How many connections to this database sleep in a lock wait at this instant."""
    waits = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with service.context.engine.connect() as connection:
        return int(connection.scalar(waits) or 0)


def test_a_landlord_whose_row_is_held_keeps_nobody_else_waiting(service: Service) -> None:
    mine, other = service.landlord(LANDLORD), service.landlord(OTHER_LANDLORD)
    changes = [("/v1/notices", of(LANDLORD, number)) for number in range(1, 9)]
    ida = {"name": "Ida Prøve", "birth_date": "1980-01-01"}
    reservation = {"tenant": ida, "received_on": "2026-11-20", "form": "sms"}
    where = {"landlord": {"organisation_number": LANDLORD}, "lease": {"reference": "K-1"}}
    changes.append(("/v1/reservations", where | reservation))
    with ThreadPoolExecutor(len(changes)) as pool:
        with held(service, LANDLORD):
            waiting = [pool.submit(mine.post, path, json=body) for path, body in changes]
            for number in range(1, 31):
                assert other.post("/v1/notices", json=of(OTHER_LANDLORD, number)).status_code == 201
            assert not any(one.done() for one in waiting)
        assert [one.result().status_code for one in waiting] == [201] * len(changes)


def test_a_batch_waits_for_the_held_landlord_alone(service: Service) -> None:
    persons = [of_a_person(number) for number in range(4)]
    persons[3]["landlord"] = persons[3]["landlord"] | {"name": "Pia Utleier", "national_id": "15827520362"}
    agent = service.agent()
    assert agent.post("/v1/notices", json=persons[0]).status_code == 201
    with service.context.engine.connect() as connection:
        (key,) = connection.scalars(sa.select(landlords.c.key).where(landlords.c.key.like("p:%")))
    items = {"items": [{"notice": one, "idempotency_key": f"k-{place}"} for place, one in enumerate(persons)]}
    with held(service, key):
        answer = agent.post("/v1/notices/batch", json=items, headers={"Idempotency-Key": "whole"})
    told = [(one["status"], one.get("problem", {}).get("code")) for one in answer.json()["results"]]
    assert told == [(409, "request-in-progress")] * 3 + [(201, None)]
    # What was not decided is decided when it is sent again.
    again = agent.post("/v1/notices/batch", json=items, headers={"Idempotency-Key": "whole"})
    assert [one["status"] for one in again.json()["results"]] == [201] * 4


def test_batches_take_turns(service: Service) -> None:
    """So that a single call never finds the changes of several batches before it."""
    mine = service.landlord(LANDLORD)
    batches = [[of(LANDLORD, number) for number in range(start, start + 100)] for start in (100, 200, 300, 400)]
    with ThreadPoolExecutor(len(batches)) as pool:
        sent = [
            pool.submit(mine.post, "/v1/notices/batch", json={"items": [{"notice": one} for one in batch]})
            for batch in batches
        ]
        waiting = [service.context.writer.waiting]
        while not all(one.done() for one in sent):
            waiting.append(service.context.writer.waiting)
    assert [one.result().json()["accepted"] for one in sent] == [100] * 4
    assert 0 < max(waiting) <= 64


def test_single_calls_that_hang_stop_no_batch(service: Service) -> None:
    """A batch lets single calls pass, and goes on beside one that comes to no end."""
    mine, other = service.landlord(LANDLORD), service.landlord(OTHER_LANDLORD)
    batch = {"items": [{"notice": of(OTHER_LANDLORD, number)} for number in range(1, 21)]}
    with ThreadPoolExecutor(1) as pool, held(service, LANDLORD):
        hanging = pool.submit(mine.post, "/v1/notices", json=of(LANDLORD, 1))
        while not service.app.state.turns.singles:
            assert not hanging.done()
        assert other.post("/v1/notices/batch", json=batch).json()["accepted"] == 20
        assert not hanging.done()


@contextmanager
def three_waiting(service: Service, mine: httpx.Client) -> Iterator[list[Future[httpx.Response]]]:
    """Send the landlord's notices 1, 2 and 3, and hold them before they are stored."""
    with ThreadPoolExecutor(3) as pool, held(service, LANDLORD):
        waiting = [pool.submit(mine.post, "/v1/notices", json=of(LANDLORD, number)) for number in (1, 2, 3)]
        while service.app.state.turns.singles < 3:
            assert not any(one.done() for one in waiting)
        yield waiting


def test_calls_beyond_what_can_be_stored_soon_are_refused_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come again when they are told. What was taken is stored, and one caller's calls leave room for others."""
    monkeypatch.setattr(turns, "_SINGLES_OF_ONE", 3)
    mine, other = service.landlord(LANDLORD), service.landlord(OTHER_LANDLORD)
    with three_waiting(service, mine) as waiting:
        refused = mine.post("/v1/notices", json=of(LANDLORD, 4))
        assert other.post("/v1/notices", json=of(OTHER_LANDLORD, 4)).status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert 1 <= int(refused.headers["Retry-After"]) <= 4
    assert [one.result().status_code for one in waiting] == [201] * 3
    assert mine.post("/v1/notices", json=of(LANDLORD, 4)).status_code == 201


def test_a_process_without_room_refuses_before_a_call_costs_anything(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither token nor body is looked at; reads go on; and the connection is good for the next call."""
    monkeypatch.setattr(turns, "_SINGLES", 3)
    mine, other = service.landlord(LANDLORD), service.landlord(OTHER_LANDLORD)
    with three_waiting(service, mine) as waiting:
        for refused in (other.post("/v1/notices", json=of(OTHER_LANDLORD, 1)), other.post("/v1/notices", content="{")):
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert 1 <= int(refused.headers["Retry-After"]) <= 4
        assert other.get("/v1/notices").status_code == 200
    assert [one.result().status_code for one in waiting] == [201] * 3
    assert other.post("/v1/notices", json=of(OTHER_LANDLORD, 1)).status_code == 201


def test_strangers_who_are_refused_take_no_room(new_service: Callable[..., Service]) -> None:
    service = new_service(calls_per_minute_without_token=1)
    told = {service.anonymous().post("/v1/notices", json={}).status_code for _ in range(50)}
    assert told == {401, 429}
    assert service.landlord(LANDLORD).post("/v1/notices", json=of(LANDLORD, 1)).status_code == 201
