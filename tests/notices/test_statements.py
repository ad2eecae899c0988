"""Counts the database's work for the calls of a notice's life: each loads the notice once.

The figures are exact: a change that costs one statement more, or less, changes them here. SQLite's BEGIN counts.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.notices.scenario import Scenario, both, tenant
from tests.service import Service
from tests.statements import Cost, counted
from varsling.database.engine import connect_for_writing
from varsling.notices.overview import held_notices
from varsling.notices.schemas.examples import NOTICE
from varsling.notices.service import sweep
from varsling.notices.tables import notice_versions

# By event: statements on SQLite and on PostgreSQL, loads of the notice, transactions.
COSTS = {
    "accept": (15, 7, 0, 2),
    "two copies with publication": (53, 45, 3, 9),
    "first read by the office": (15, 14, 1, 1),
    "later read by the office": (9, 8, 1, 1),
    "read by the landlord": (4, 3, 1, 1),
    "acknowledge": (9, 8, 1, 1),
    "forward": (19, 19, 1, 1),
    "settle": (17, 17, 1, 1),
}
OTHER_OFFICE = "0313"


@pytest.fixture
def scenario(service: Service) -> Scenario:
    """A scenario whose readers have polled before: the first event of a stream costs more."""
    scenario = Scenario.with_grant(service)
    scenario.send(reference="EARLIER", lease=scenario.body()["lease"] | {"reference": "EARLIER"})
    scenario.work()
    return scenario


def test_each_call_costs_what_its_change_needs(scenario: Scenario, database_url: str) -> None:
    costs: dict[str, Cost] = {}
    with counted() as costs["accept"]:
        notice = scenario.send(*both())["id"]
    with counted() as costs["two copies with publication"]:
        scenario.work()
    with counted() as costs["first read by the office"]:
        assert scenario.fetch(notice).status_code == 200
    with counted() as costs["later read by the office"]:
        assert scenario.fetch(notice).status_code == 200
    with counted() as costs["read by the landlord"]:
        scenario.read(notice)
    keyed, path = {"Idempotency-Key": "once"}, f"/v1/feed/notices/{notice}"
    with counted() as costs["acknowledge"]:
        read = scenario.nav.post(f"{path}/acknowledgement", json={"opened_by_person": True}, headers=keyed)
    assert read.status_code == 200
    keyed, forwarding = {"Idempotency-Key": "twice"}, {"office": OTHER_OFFICE, "reason": "wrong_area"}
    with counted() as costs["forward"]:
        forwarded = scenario.nav.post(f"{path}/forwarding", json=forwarding, headers=keyed)
    assert forwarded.status_code == 200
    body = {"reason": "paid", "on": scenario.today.isoformat()}
    with counted() as costs["settle"]:
        settled = scenario.change(notice, "settlement", body, idempotency_key="thrice")
    assert settled.status_code == 200

    on_sqlite = database_url.startswith("sqlite")
    assert costs.keys() == COSTS.keys()
    for name, (sqlite, postgresql, loads, transactions) in COSTS.items():
        cost, expected = costs[name], (sqlite if on_sqlite else postgresql, loads, transactions)
        found = (len(cost.statements), cost.loads, cost.transactions)
        assert found == expected, f"{name}: {cost}\n" + "\n".join(cost.statements)


def send_many(scenario: Scenario, batch: str, number: int) -> list[str]:
    items = []
    for place in range(number):
        name = f"{batch}-{place}"
        body = scenario.body(tenant("Ane Prøve", birth_date=f"{1950 + place}-01-01"), reference=name)
        items.append({"notice": body | {"lease": body["lease"] | {"reference": name}}})
    answer = scenario.landlord.post("/v1/notices/batch", json={"items": items}).json()
    assert answer["accepted"] == number, answer["results"][0]
    return [one["notice"]["id"] for one in answer["results"]]


@pytest.mark.parametrize("by_letter", [False, True])
def test_publication_costs_no_more_for_many_than_for_few(service: Service, by_letter: bool) -> None:
    """By the stream, and by letters to an office without an integration."""
    scenario = Scenario(service) if by_letter else Scenario.with_grant(service)
    costs = []
    for batch, number in (("FIRST", 3), ("FEW", 4), ("MANY", 24)):
        ids = send_many(scenario, batch, number)
        with counted() as cost:
            scenario.work()
        assert {scenario.read(one)["status"] for one in ids} == {"sent"}
        costs.append(len(cost.statements))
    _, few, many = costs
    assert many <= few


def test_a_sweep_begins_nothing_for_notices_that_wait(new_service: Callable[..., Service]) -> None:
    """For the days to answer a copy, for an operator, and for the lapse of which its landlord has been told."""
    scenario = Scenario.with_grant(new_service(reservation_window_days=7, lapse_days=20))
    idle = _transactions_of_a_sweep(scenario)
    answering = scenario.send()
    scenario.work()
    young = scenario.today.replace(year=scenario.today.year - 17, day=1).isoformat()
    scenario.send(tenant("Ung Prøvesen", birth_date=young), **_named("HELD"))
    assert len(held_notices(scenario.context)) == 1
    assert _transactions_of_a_sweep(scenario) == idle
    for days in (8, 30):
        scenario.pass_time(timedelta(days=days))
        scenario.work()
    assert "notice.lapsing" in scenario.types(scenario.landlord, answering["id"])
    assert _transactions_of_a_sweep(scenario) == idle


def _named(reference: str) -> dict[str, Any]:
    return {"reference": reference, "lease": NOTICE["lease"] | {"reference": reference}}


def _transactions_of_a_sweep(scenario: Scenario) -> int:
    sweep(scenario.context)
    with counted() as cost:
        sweep(scenario.context)
    return cost.transactions


def broken(scenario: Scenario, notice: str) -> None:
    """Leave a notice's document unreadable, as a fault of the disk would."""
    with connect_for_writing(scenario.context.engine) as connection:
        spoilt = sa.update(notice_versions).where(notice_versions.c.notice_id == UUID(notice))
        connection.execute(spoilt.values(content=b"\x01 spoilt, and long enough to be taken for a ciphertext"))
        connection.commit()


def test_a_notice_that_cannot_be_read_stops_no_other_s_letters(service: Service) -> None:
    scenario = Scenario.with_grant(service)
    spoilt, *others = send_many(scenario, "ONE", 3)
    broken(scenario, spoilt)
    scenario.work()
    assert {scenario.read(one)["status"] for one in others} == {"sent"}
    (first,) = scenario.landlord.get("/v1/notices?reference=ONE-1").json()["items"]
    assert first["id"] == others[0]


def test_a_notice_that_cannot_be_read_stops_no_other_in_a_sweep(service: Service) -> None:
    """The sweep asks again for offices that were not found, and lets notices lapse."""
    scenario = Scenario.with_grant(service)
    spoilt, *others = send_many(scenario, "TWO", 3)
    scenario.work()
    broken(scenario, spoilt)
    scenario.pass_time(timedelta(days=400))
    scenario.work()
    assert {scenario.read(one)["status"] for one in others} == {"lapsed"}
