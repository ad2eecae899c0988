"""A notice is stored once, however often it is sent, in one process or in two (guarantee 2)."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.notices.bodies import CONTRACT_TIME, changed, errors_of, move_clock_to, notice
from tests.service import Service
from varsling.notices.tables import notices


def post(client: httpx.Client, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return client.post("/v1/notices", json=body, headers={} if key is None else {"Idempotency-Key": key})


def ids_in(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(notices.c.id)))


class TestReplay:
    def test_the_same_key_gets_the_first_answer_byte_for_byte(self, landlord: httpx.Client) -> None:
        first = post(landlord, notice(), "k-1")
        shuffled = dict(reversed(notice().items())) | {"agent": None}
        del shuffled["children_in_dwelling"]  # null and absent mean the same
        again = post(landlord, shuffled, "k-1")

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        for header in ("location", "etag", "content-type"):
            assert again.headers[header] == first.headers[header]
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers

    def test_the_same_content_without_a_key_or_with_a_new_one_gets_the_first_answer(
        self, landlord: httpx.Client
    ) -> None:
        first = post(landlord, notice(), "k-1")
        for key in (None, "k-2"):
            again = post(landlord, notice(), key)
            assert (again.status_code, again.content) == (201, first.content)
            assert again.headers["idempotency-replayed"] == "true"

    def test_another_body_with_the_same_key_is_refused(self, landlord: httpx.Client) -> None:
        post(landlord, notice(1), "k-1")
        answer = post(landlord, notice(2), "k-1")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")

    def test_other_content_under_the_same_reference_is_refused(self, landlord: httpx.Client) -> None:
        post(landlord, notice(1))
        other = changed(notice(1), (("planned_petition_date",), "2026-12-20"))
        answer = post(landlord, other)
        assert (answer.status_code, errors_of(answer)) == (409, [("duplicate-reference", "/reference")])

    def test_a_refused_call_binds_no_key(self, landlord: httpx.Client) -> None:
        early = changed(notice(), (("planned_petition_date",), "2026-12-01"))
        assert post(landlord, early, "k-1").status_code == 422
        assert post(landlord, notice(), "k-1").status_code == 201

    def test_the_first_answer_stands_after_the_day_that_it_was_right_on(
        self, service: Service, landlord: httpx.Client
    ) -> None:
        """The planned date has passed: a new notice with it would be refused."""
        first = post(landlord, notice(), "k-1")
        move_clock_to(service.context.engine, CONTRACT_TIME.replace(month=12, day=22))
        again = post(landlord, notice(), "k-1")
        assert (again.status_code, again.content) == (201, first.content)

    def test_keys_are_of_the_acting_organisation(self, service: Service, landlord: httpx.Client) -> None:
        post(landlord, notice(1), "k-1")
        theirs = changed(notice(2), (("landlord", "organisation_number"), "310332712"))
        assert post(service.landlord("310332712"), theirs, "k-1").status_code == 201

    @pytest.mark.parametrize("key", ["", "with space", "ø", "x" * 256])
    def test_a_malformed_key_is_refused(self, landlord: httpx.Client, key: str) -> None:
        answer = landlord.post("/v1/notices", json=notice(), headers=[(b"Idempotency-Key", key.encode())])
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")

    def test_two_keys_are_refused(self, landlord: httpx.Client) -> None:
        for path, body in (("/v1/notices", notice()), ("/v1/notices/batch", {"items": [{"notice": notice()}]})):
            keys = [("Idempotency-Key", "k-1"), ("Idempotency-Key", "k-2")]
            answer = landlord.post(path, json=body, headers=keys)
            assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")

    def test_another_person_born_that_day_is_not_counted(self, landlord: httpx.Client) -> None:
        """Doubt stops a notice at a reservation; it is no reason to count another person's notices as hers."""
        for number, name in enumerate(("Anna Berg", "Bjørn Dahl", "Carl Eng", "Bo", "Дмитрий Иванов", "محمد علي")):
            person = {"name": name, "birth_date": "1971-07-12"}
            assert post(landlord, notice(number, lease=f"K-{number}") | {"tenants": [person]}).status_code == 201

    def test_a_withdrawn_notice_frees_its_reference(self, landlord: httpx.Client) -> None:
        first = post(landlord, notice())
        withdrawal = landlord.post(f"{first.headers['location']}/withdrawal", json={"reason": "mistake"})
        assert withdrawal.status_code == 200, withdrawal.text
        again = post(landlord, notice())
        assert (again.status_code, again.json()["id"] == first.json()["id"]) == (201, False)


class TestAtOnce:
    @pytest.fixture
    def two(self, new_service: Callable[..., Service]) -> list[httpx.Client]:
        """Two services over one database, as in two processes."""
        services = [new_service(), new_service()]
        move_clock_to(services[0].context.engine, CONTRACT_TIME)
        return [service.landlord() for service in services]

    def together(self, clients: list[httpx.Client], bodies: list[dict[str, Any]], key: str | None) -> list[Any]:
        barrier = threading.Barrier(len(bodies))

        def send(place: int) -> httpx.Response:
            barrier.wait(60)
            return post(clients[place % len(clients)], bodies[place], key)

        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(send, range(len(bodies))))

    @pytest.mark.parametrize("key", ["k-1", None])
    def test_of_many_equal_calls_one_is_stored_and_the_others_replay_it(
        self, two: list[httpx.Client], engine: sa.Engine, key: str | None
    ) -> None:
        answers = self.together(two, [notice()] * 32, key)

        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        replayed = Counter(answer.headers.get("idempotency-replayed") for answer in answers)
        assert replayed == {None: 1, "true": 31}
        assert len(ids_in(engine)) == 1

    def test_of_many_notices_of_one_lease_one_is_stored(self, two: list[httpx.Client], engine: sa.Engine) -> None:
        answers = self.together(two, [notice(number, lease="K-1") for number in range(16)], None)

        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 15}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"open-notice-exists"}
        assert len(ids_in(engine)) == 1

    def test_of_many_notices_about_one_tenant_no_more_than_the_limit_are_stored(
        self, two: list[httpx.Client], engine: sa.Engine
    ) -> None:
        answers = self.together(two, [notice(number) for number in range(16)], None)

        assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 13}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"notice-limit-reached"}
        assert len(ids_in(engine)) == 3
