"""What holds for every call: HEAD beside GET, queries that are known, and preconditions."""

from collections.abc import Callable

import httpx
import pytest

from tests.notices.bodies import rows_in
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.access.policy import POLICY
from varsling.domain.problems import MAX_FAULTS

OPEN = [path for method, path in POLICY if method == "GET" and "{" not in path and not path.startswith("/v1/feed")]
# The office's view: its HEAD is a call of its own, which reads nothing (CONTRACT § Office's view).


@pytest.mark.parametrize("path", OPEN)
def test_head_is_answered_wherever_get_is(service: Service, path: str) -> None:
    client = service.landlord() if path.startswith("/v1/") else service.anonymous()
    got, asked = client.get(path), client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    assert asked.headers.get("content-type") == got.headers.get("content-type")
    assert asked.headers["content-length"] == got.headers["content-length"]


def test_a_head_of_what_takes_no_get_is_refused(service: Service) -> None:
    answer = service.landlord().head("/v1/leases/end")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("query", ["dry_run=true", "limit=5", "a=1&b=2", "Kari%20Testperson=1"])
def test_a_query_that_the_call_does_not_know_is_refused(service: Service, query: str) -> None:
    """`?dry_run=true` on the real call would send a notice that somebody meant to try."""
    scenario = Scenario(service)
    before = rows_in(service.context.engine)
    answer = scenario.landlord.post(f"/v1/notices?{query}", json=scenario.body())
    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    names = {pair.partition("=")[0] for pair in query.split("&")}
    told = {(error["code"], error["parameter"]) for error in answer.json()["errors"]}
    assert told == {("unknown-field", name if name.islower() else "") for name in names}
    assert "Kari" not in answer.text
    assert rows_in(service.context.engine) == before


def test_a_parameter_given_twice_is_refused(service: Service) -> None:
    for path in ("/v1/notices?status=sent&status=accepted", "/v1/dates?sent_on=2026-11-23&sent_on=2026-11-24"):
        answer = service.landlord().get(path)
        assert answer.status_code == 422, answer.text
        assert [error["code"] for error in answer.json()["errors"]] == ["out-of-range"]


def test_pages_take_any_query(service: Service) -> None:
    assert service.anonymous().get("/t?utm_source=mail").status_code == 200


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"1"', 200),
        ('"9", "1"', 200),
        ('"9","1" , "2"', 200),
        ("*", 200),
        ('"9"', 412),
        ('"9", "8"', 412),
        ('W/"1"', 412),
        ('W/"1", "9"', 412),
        ("1", 412),
        ('"1" "2"', 412),
        ('"one"', 412),
        ("", 412),
        (",", 412),
        (',"9",,"1",', 200),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_if_match_takes_a_list_of_versions(service: Service, tags: str, status: int) -> None:
    scenario = Scenario(service)
    notice = scenario.send()["id"]
    answer = update(scenario, notice, tags)
    assert answer.status_code == status, answer.text


def update(scenario: Scenario, notice: str, tags: str) -> httpx.Response:
    return scenario.change(notice, "update", {"deposited_amount": "100.00"}, If_Match=tags)


def test_faults_of_a_query_are_told_together(service: Service) -> None:
    answer = service.landlord().get("/v1/notices?status=no&colour=red")
    assert {code for code, _ in faults(answer)} == {"unknown-field", "out-of-range"}


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["code"], error["parameter"]) for error in answer.json()["errors"]]


def test_a_query_of_nothing_but_faults_gets_an_answer_of_bounded_size(service: Service) -> None:
    """7,000 unknown parameters once made an answer of a megabyte, for a caller without a token."""
    for name in ("x{}", "sent_on"):
        query = "&".join(f"{name.format(number)}={number}" for number in range(2500))
        answer = service.anonymous().get(f"/v1/dates?{query}")
        assert answer.status_code == 422
        assert len(answer.content) < 50_000
        assert 0 < len(answer.json()["errors"]) <= MAX_FAULTS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/v1/dates", "/v1/feed/head", "/nowhere", "/t", "/docs", "/openapi.json"])
def test_every_answer_is_guarded_and_under_https_stays_there(new_service: Callable[..., Service], path: str) -> None:
    plain = new_service().anonymous().get(path)
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in plain.headers
    secured = new_service(public_url="https://varsel.example").anonymous().get(path)
    assert secured.headers["Strict-Transport-Security"] == "max-age=31536000"
