"""Batches store or refuse each item by itself, in order; their check stores nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.notices.bodies import (
    AGENT,
    CONTRACT_TIME,
    KARI,
    changed,
    move_clock_to,
    notice,
    of_a_person,
    reserve,
    tenant,
)
from tests.service import LANDLORD, Service
from varsling.access.principal import Mode, Principal
from varsling.database.changes import Transaction
from varsling.database.engine import connect_for_writing
from varsling.domain.landlord import Registration
from varsling.domain.language import AnswerLanguage
from varsling.notices.commands.accept import Accept, NoticeStored
from varsling.notices.commands.prepare import prepare
from varsling.notices.schemas.notice import NoticeInput
from varsling.notices.tables import notices
from varsling.web.bodies import validate


def batch(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"notice": body} for body in bodies]}


def mixed() -> dict[str, Any]:
    """One item of each fate: stored, malformed, unlawful, reserved, another landlord's, a double, of a taken lease."""
    reserved = notice(4, tenants=[{"name": "Reservert Leier", "birth_date": "1980-05-05"}])
    return batch(
        notice(1),
        notice(2) | {"surplus": 1},
        changed(notice(3), (("planned_petition_date",), "2026-12-01")),
        reserved,
        changed(notice(5), (("landlord", "organisation_number"), "310332712")),
        notice(1),
        notice(6, lease="K-1"),
        notice(7, tenants=[tenant(7)]),
    )


FATES = [
    (201, None),
    (422, "validation-failed"),
    (422, "petition-too-early"),
    (409, "tenant-reserved"),
    (403, "landlord-mismatch"),
    (201, None),
    (409, "open-notice-exists"),
    (201, None),
]


def fates_of(answer: httpx.Response) -> list[tuple[int, str | None]]:
    return [(one["status"], one.get("problem", {}).get("code")) for one in answer.json()["results"]]


def stored(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(notices.c.reference).order_by(notices.c.reference)))


@pytest.fixture
def reserving(landlord: httpx.Client) -> httpx.Client:
    reserve(landlord, "K-0", {"name": "Leier Reservert", "birth_date": "1980-05-05"})
    return landlord


class TestFates:
    def test_each_item_has_its_own_in_order(self, service: Service, reserving: httpx.Client) -> None:
        answer = reserving.post("/v1/notices/batch", json=mixed())

        assert answer.status_code == 200
        assert fates_of(answer) == FATES
        results = answer.json()["results"]
        assert (answer.json()["accepted"], answer.json()["refused"]) == (3, 5)
        assert results[5]["notice"] == results[0]["notice"]
        assert results[1]["problem"]["errors"][0]["pointer"] == "/surplus"
        assert results[6]["problem"]["existing"]["id"] == results[0]["notice"]["id"]
        assert stored(service.context.engine) == ["N-1", "N-7"]

    def test_the_check_says_the_same_and_stores_nothing(self, service: Service, reserving: httpx.Client) -> None:
        answer = reserving.post("/v1/notices/check", json=mixed())

        assert answer.status_code == 200
        assert fates_of(answer) == FATES
        assert answer.json()["results"][0]["notice"]["id"] is None
        assert answer.json()["results"][0]["notice"]["office"]["number"] == "0315"
        assert stored(service.context.engine) == []

    def test_a_batch_that_is_run_again_stores_nothing_new(self, service: Service, landlord: httpx.Client) -> None:
        bodies = batch(*(notice(number, tenants=[tenant(number)]) for number in range(20)))
        first, again = (landlord.post("/v1/notices/batch", json=bodies) for _ in range(2))
        assert [one["notice"] for one in again.json()["results"]] == [one["notice"] for one in first.json()["results"]]
        assert len(stored(service.context.engine)) == 20

    def test_items_have_keys_of_their_own(self, landlord: httpx.Client) -> None:
        def with_keys(*keys: str) -> dict[str, Any]:
            items = [notice(number, tenants=[tenant(number)]) for number in range(len(keys))]
            return {"items": [{"idempotency_key": key, "notice": one} for key, one in zip(keys, items, strict=True)]}

        assert fates_of(landlord.post("/v1/notices/batch", json=with_keys("a", "b", "a", "no good"))) == [
            (201, None),
            (201, None),
            (422, "idempotency-key-reused"),
            (400, "idempotency-key-malformed"),
        ]
        single = landlord.post("/v1/notices", json=notice(1, tenants=[tenant(1)]), headers={"Idempotency-Key": "b"})
        assert single.headers["idempotency-replayed"] == "true"

    def test_the_whole_batch_may_have_a_key(self, landlord: httpx.Client) -> None:
        def send(*bodies: dict[str, Any]) -> httpx.Response:
            return landlord.post("/v1/notices/batch", json=batch(*bodies), headers={"Idempotency-Key": "whole"})

        first, again = send(notice(1), notice(1) | {"surplus": 1}), send(notice(1), notice(1) | {"surplus": 1})
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert send(notice(2)).json()["code"] == "idempotency-key-reused"

    def test_what_could_not_be_decided_is_bound_by_no_key(self, new_service: Callable[..., Service]) -> None:
        """A caller whose queue was full is told to come again: the batch then carries on with the rest."""
        full, calm = new_service(writer_queue=3), new_service()
        bodies = batch(*(notice(number, tenants=[tenant(number)]) for number in range(8)), notice(9) | {"surplus": 1})

        def send(service: Service) -> httpx.Response:
            return service.landlord().post("/v1/notices/batch", json=bodies, headers={"Idempotency-Key": "whole"})

        first = send(full)
        assert fates_of(first) == [(201, None)] * 3 + [(503, "unavailable")] * 5 + [(422, "validation-failed")]
        assert first.headers["Retry-After"] == "5"
        # Taken back meanwhile: what was decided is not stored anew.
        decided = first.json()["results"][0]["notice"]
        calm.landlord().post(f"/v1/notices/{decided['id']}/withdrawal", json={"reason": "mistake"})
        second = send(calm)
        assert "Idempotency-Replayed" not in second.headers
        assert fates_of(second) == [(201, None)] * 8 + [(422, "validation-failed")]
        assert second.json()["results"][0]["notice"] == decided
        assert stored(calm.context.engine) == [f"N-{number}" for number in range(8)]
        again = send(calm)
        assert (again.content, again.headers["Idempotency-Replayed"]) == (second.content, "true")

    def test_another_body_does_not_carry_on_with_a_batchs_key(self, new_service: Callable[..., Service]) -> None:
        service = new_service(writer_queue=1)
        landlord, whole = service.landlord(), {"Idempotency-Key": "whole"}
        bodies = batch(*(notice(number, tenants=[tenant(number)]) for number in range(3)))
        assert fates_of(landlord.post("/v1/notices/batch", json=bodies, headers=whole))[0] == (201, None)
        other = batch(notice(7, tenants=[tenant(7)]))
        refused = landlord.post("/v1/notices/batch", json=other, headers=whole)
        assert fates_of(refused) == [(422, "idempotency-key-reused")]

    def test_companies_and_persons_are_mixed_in_an_agents(self, service: Service, landlord: httpx.Client) -> None:
        del landlord
        company = notice(1) | {"agent": AGENT, "attestations": of_a_person()["attestations"]}
        answer = service.agent().post("/v1/notices/batch", json=batch(company, of_a_person(2), notice(3)))
        assert [status for status, _ in fates_of(answer)] == [201, 201, 422]


class TestSizes:
    def test_a_thousand_items_are_stored(self, service: Service, landlord: httpx.Client) -> None:
        bodies = batch(*(notice(number, tenants=[tenant(number)]) for number in range(1000)))
        answer = landlord.post("/v1/notices/batch", json=bodies)
        assert (answer.json()["accepted"], answer.json()["refused"]) == (1000, 0)
        references = [one["notice"]["reference"] for one in answer.json()["results"]]
        assert references == [f"N-{number}" for number in range(1000)]
        assert len(stored(service.context.engine)) == 1000

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_more_than_a_thousand_or_none_are_refused(self, landlord: httpx.Client) -> None:
        for bodies in ([], [notice()] * 1001):
            answer = landlord.post("/v1/notices/batch", json={"items": [{"notice": body} for body in bodies]})
            assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_items_count_a_tenth_of_a_call(self, new_service: Callable[..., Service]) -> None:
        service = new_service(calls_per_minute=5)
        move_clock_to(service.context.engine, CONTRACT_TIME)
        client = service.landlord()
        bodies = batch(*(notice(number, tenants=[tenant(number)]) for number in range(40)))
        assert client.post("/v1/notices/batch", json=bodies).status_code == 200
        refused = client.post("/v1/notices/batch", json=bodies)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
        assert int(refused.headers["retry-after"]) > 0

    def test_batches_of_two_processes_in_opposite_order_do_not_hinder_each_other(
        self, new_service: Callable[..., Service], engine: sa.Engine
    ) -> None:
        services = [new_service(), new_service()]
        move_clock_to(services[0].context.engine, CONTRACT_TIME)
        bodies = [notice(number, tenants=[tenant(number)]) for number in range(200)]
        barrier = threading.Barrier(2)

        def send(service: Service, ordered: list[dict[str, Any]]) -> httpx.Response:
            client = service.landlord()
            barrier.wait(60)
            return client.post("/v1/notices/batch", json=batch(*ordered))

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(send, services, (bodies, bodies[::-1])))
        assert [answer.json()["accepted"] for answer in answers] == [200, 200]
        assert len(stored(engine)) == 200


class TestCheck:
    def test_it_shows_what_the_notice_would_be(self, service: Service, landlord: httpx.Client) -> None:
        checked = landlord.post("/v1/notices/check", json=notice(tenants=[KARI, tenant(1)])).json()
        real = landlord.post("/v1/notices", json=notice(tenants=[KARI, tenant(1)])).json()
        assert checked["id"] is None
        assert [one["id"] for one in checked["tenants"]] == [None, None]
        for member in ("office", "dates", "dwelling", "outstanding_total", "remarks", "status", "version"):
            assert checked[member] == real[member]
        # The notice was sent already: the real call would be a replay, and the check says so.
        assert landlord.post("/v1/notices/check", json=notice(tenants=[KARI, tenant(1)])).json() == real

    def test_a_reference_that_is_taken_is_told(self, landlord: httpx.Client) -> None:
        landlord.post("/v1/notices", json=notice(1))
        answer = landlord.post("/v1/notices/check", json=notice(1, tenants=[tenant(1)]))
        assert (answer.status_code, answer.json()["code"]) == (409, "duplicate-reference")


def test_the_number_of_statements_does_not_grow_with_the_number_of_notices(service: Service) -> None:
    """Accepting is set-based: fifty notices of as many landlords' leases cost what two do (DESIGN § 4)."""
    context = service.context
    move_clock_to(context.engine, CONTRACT_TIME)
    principal = Principal(LANDLORD, LANDLORD, Mode.DIRECT, frozenset({"notices.write"}))

    def statements(*bodies: dict[str, Any]) -> int:
        changes = [
            Accept(
                context,
                prepare(
                    context,
                    principal,
                    validate(NoticeInput, body),
                    key=None,
                    language=AnswerLanguage.NB,
                    registration=Registration(),
                ),
            )
            for body in bodies
        ]
        seen: list[str] = []
        with connect_for_writing(context.engine) as connection:
            sa.event.listen(connection, "before_cursor_execute", lambda *about: seen.append(about[2]))
            outcomes = Accept.apply_all(Transaction(connection, context.clock.now(connection)), changes)
            assert [type(one) for one in outcomes] == [NoticeStored] * len(bodies)
        return len(seen)

    some = [notice(number, tenants=[tenant(number)]) for number in range(50)]
    assert statements(*some[:2]) == statements(*some) > 0
