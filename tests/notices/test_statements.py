"""Counts the database's work for the calls of a notice's life: each loads the notice once.

The figures are exact: a change that costs one statement more, or less, changes them here. SQLite's BEGIN counts.
"""

import pytest

from tests.notices.scenario import Scenario, both
from tests.service import Service
from tests.statements import Cost, counted

# By event: statements on SQLite and on PostgreSQL, loads of the notice, transactions.
COSTS = {
    "accept": (15, 7, 0, 2),
    "two copies with publication": (54, 46, 3, 9),
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
