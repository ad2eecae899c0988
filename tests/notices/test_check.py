"""`POST /v1/notices/check` gives the verdict of the real call, for any body after any history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.notices.bodies import ABSENT, changed, letters_of, rows_in, tenant
from tests.notices.faults import LAW, SHAPE, Case
from tests.notices.scenario import Scenario
from tests.service import AGENT, LANDLORD, Service
from varsling.domain.dates import oslo_date

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

_numbers = count(1)
Step = Callable[["History"], None]


class History:
    """A landlord's lease and its tenants, with earlier notices and reservations; no other history shares them."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.number = next(_numbers)
        self.lease = f"C-{self.number}"
        self.people = [
            tenant(3 * self.number + place, f"Leier Prøve{letters_of(self.number)}x{letters_of(place)}")
            for place in range(2)
        ]
        self.notices: list[str] = []

    def body(self, people: int = 1, reference: str = "A") -> dict[str, Any]:
        body = self.scenario.body(*self.people[:people], reference=f"{self.lease}-{reference}")
        body["lease"]["reference"] = self.lease
        return body

    def send(self, people: int = 1, reference: str = "A", **changes: Any) -> None:
        answer = self.scenario.landlord.post("/v1/notices", json=self.body(people, reference) | changes)
        if answer.status_code == 201:
            self.notices.append(answer.json()["id"])

    def reserve(self, place: int) -> None:
        person = self.people[place]
        made = self.scenario.reserve(person["name"], None, self.lease, tenant=person)
        assert made.status_code == 201, made.text

    def fetch(self) -> None:
        self.scenario.work()
        for notice in self.notices:
            self.scenario.fetch(notice)

    def settle(self) -> None:
        for notice in self.notices:
            self.scenario.settle(notice)


STEPS: dict[str, Step] = {
    "sent": lambda history: history.send(),
    "sent for both": lambda history: history.send(people=2),
    "sent under another reference": lambda history: history.send(reference="B"),
    "sent with less owed": lambda history: history.send(breach=less_owed(history.body())),
    "published": lambda history: history.scenario.work(),
    "fetched": lambda history: history.fetch(),
    "reserved": lambda history: history.reserve(0),
    "reserved by the other": lambda history: history.reserve(1),
    "settled": lambda history: history.settle(),
}


def less_owed(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body["breach"] | {"deposited_amount": "500.00"})


def _days_ago(days: int) -> str:
    return f"{oslo_date(datetime.now(UTC)) - timedelta(days=days)}"


TOLD: list[dict[str, Any]] = [{}, {"breach": {"balance_as_of": _days_ago(20)}}, {"petition_filed_on": _days_ago(1)}]
"""What calls for a remark."""


def moved(case: Case, body: dict[str, Any]) -> dict[str, Any]:
    """Put a case's fault into the body, where the body has its place."""
    try:
        return changed(body, *case[0])
    except (KeyError, IndexError):
        return body


@given(
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4),
    people=st.integers(1, 2),
    reference=st.sampled_from("AB"),
    if_open=st.sampled_from(["refuse", "update", ABSENT]),
    cases=st.lists(st.sampled_from((*LAW, *SHAPE)), max_size=2) | st.just([]),
    told=st.sampled_from(TOLD),
    grown=st.booleans(),
    agent=st.booleans(),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_verdict_is_that_of_the_real_call_and_nothing_is_stored(
    service: Service,
    steps: list[str],
    people: int,
    reference: str,
    if_open: Any,
    cases: list[Case],
    told: dict[str, Any],
    grown: bool,
    agent: bool,
) -> None:
    history = History(granted(service))
    for step in steps:
        STEPS[step](history)
    body = history.body(people, reference)
    body["breach"] |= told.get("breach", {})
    body |= {name: value for name, value in told.items() if name != "breach"}
    if grown:
        body["breach"]["claims"][1]["outstanding_amount"] = "12000.00"
    for case in cases:
        body = moved(case, body)
    if if_open is not ABSENT:
        body["if_open"] = if_open
    client = history.scenario.landlord
    if agent:
        client = service.agent()
        body["agent"] = {"organisation_number": AGENT, "name": "F AS", "contact": {"email": "f@f.example"}}
        body["attestations"] = body["attestations"] | {"power_of_attorney": True}

    in_batch = client.post("/v1/notices/check", json={"items": [{"notice": body}]}).json()
    checked, real = both_ways(service, client, body)

    assert checked == real
    if real.get("code") not in ("malformed-json", "forbidden"):
        (result,) = in_batch["results"]
        assert comparable(result.get("notice") or result["problem"]) == real


def both_ways(service: Service, client: httpx.Client, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    before = rows_in(service.context.engine)
    checked = client.post("/v1/notices/check", json=body)
    assert rows_in(service.context.engine) == before
    real = client.post("/v1/notices", json=body)
    assert (checked.status_code == 200) is (real.status_code in (200, 201)), (checked.text, real.text)
    return comparable(checked.json()), comparable(real.json())


def comparable(told: dict[str, Any]) -> dict[str, Any]:
    """Drop the parts that belong to one call: ids of a notice that was not stored, the instant, the trace."""
    told = {name: value for name, value in told.items() if name not in ("id", "accepted_at", "trace_id")}
    if "tenants" in told:
        told["tenants"] = [one | {"id": None} for one in told["tenants"]]
    return told


def granted(service: Service) -> Scenario:
    scenario = Scenario(service)
    scenario.grant()
    return scenario


def test_a_batch_is_checked_as_it_would_be_sent(service: Service) -> None:
    history = History(granted(service))
    same_lease, again = history.body(reference="B"), history.body()
    items = [{"notice": body} for body in (history.body(), same_lease, again, same_lease | {"if_open": "update"})]
    before = rows_in(service.context.engine)

    checked = history.scenario.landlord.post("/v1/notices/check", json={"items": items}).json()
    assert rows_in(service.context.engine) == before
    real = history.scenario.landlord.post("/v1/notices/batch", json={"items": items}).json()

    codes = [[one.get("problem", {}).get("code") for one in told["results"]] for told in (checked, real)]
    assert codes == [[None, "open-notice-exists", None, None]] * 2
    assert real["results"][0]["notice"]["landlord"]["organisation_number"] == LANDLORD
