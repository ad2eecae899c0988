"""The answers that the OpenAPI document shows, recorded from the service: `python -m tests.examples` writes them.

A test records them again and compares their members.
"""

import json
import logging
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from tests.contract import operation_of
from tests.notices.scenario import GRUNERLOKKA, Scenario, tenant
from tests.service import Service, settings_of
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.feed.service import NewEpoch
from varsling.notices.schemas import examples
from varsling.reservations.examples import LEASE_END, RESERVATION, REVOCATION

FILE = Path(__file__).parents[1] / "src" / "varsling" / "web" / "texts" / "examples.json"
# The codes whose answers carry more, or point at their fault in a way worth showing.
_SHOWN_PROBLEMS = {
    "petition-too-early",
    "open-notice-exists",
    "municipality-split",
    "district-needed",
    "cursor-expired",
    "validation-failed",
    "tenant-reserved",
    "notice-refused",
}
_OF_THE_INSTALLATION = ("type", "title", "detail", "status", "code", "trace_id")


def recorded(scenario: Scenario) -> dict[str, Any]:
    """Make every call of the document once, and give the answers by operation and status."""
    found: dict[str, Any] = {"problems": {}}
    for answer in _life(scenario):
        operation = operation_of(answer.request)
        if operation is None:
            raise ValueError(f"no operation of the document: {answer.request.url}")
        body = answer.json()
        if answer.is_error and body["code"] in _SHOWN_PROBLEMS:
            more = {name: value for name, value in body.items() if name not in _OF_THE_INSTALLATION}
            found["problems"].setdefault(body["code"], more)
        elif not answer.is_error:
            found.setdefault(f"{' '.join(operation)} {answer.status_code}", body)
    return dict(sorted(found.items()))


def _life(scenario: Scenario) -> Iterator[httpx.Response]:
    landlord, nav = scenario.landlord, scenario.nav
    for client in (landlord, nav):
        client.headers["Accept-Language"] = "en"
    scenario.grant()
    for path in ("/health/live", "/health/ready"):
        yield landlord.get(path)
    yield landlord.get("/v1/dates", params={"sent_on": "2026-12-15", "warning_sent_on": "2026-12-10"})
    yield landlord.post("/v1/offices/lookup", json={"dwelling": examples.NOTICE["dwelling"]})
    yield landlord.get(f"/v1/offices/{GRUNERLOKKA}")
    body = scenario.body()
    yield landlord.post("/v1/notices/check", json=body)
    yield (sent := landlord.post("/v1/notices", json=body))
    first = sent.json()
    yield from _refused(scenario)
    other = scenario.body(tenant("Ola Prøvesen", birth_date="1980-02-03"), reference="K-1045-2026-11")
    other["lease"]["reference"] = "K-1045"
    yield landlord.post("/v1/notices/batch", json={"items": [{"notice": other}, {"notice": other | {"tenants": []}}]})
    yield scenario.change(first["id"], "contact", {"tenant": first["tenants"][0]["id"], "phone": "+4740000001"})
    scenario.work()
    yield landlord.get(f"/v1/notices/{first['id']}")
    yield landlord.get("/v1/notices", params={"limit": 1})
    claims = [body["breach"]["claims"][0] | {"outstanding_amount": "8000.00"}]
    yield scenario.change(first["id"], "update", {"claims": claims, "deposited_amount": "500.00"})
    yield landlord.post("/v1/notices", json=other | {"reference": "K-1045-2", "if_open": "update"})
    yield scenario.fetch(first["id"])
    path = f"/v1/feed/notices/{first['id']}"
    yield nav.post(f"{path}/acknowledgement", json=examples.ACKNOWLEDGEMENT)
    yield nav.get("/v1/feed", params={"limit": 3})
    yield nav.get("/v1/feed/head")
    yield nav.post(f"{path}/forwarding", json=examples.FORWARDING)
    yield scenario.settle(first["id"])
    again = scenario.send(reference="K-1044-3")
    yield scenario.withdraw(again["id"])
    received = {"received_on": scenario.today.isoformat()}
    yield (made := landlord.post("/v1/reservations", json=RESERVATION | received))
    reservation = f"/v1/reservations/{made.json()['id']}"
    yield landlord.get(reservation)
    yield landlord.get("/v1/reservations")
    yield landlord.post("/v1/notices/check", json=scenario.body(reference="K-1044-4"))
    yield landlord.post(f"{reservation}/revocation", json=REVOCATION | received)
    yield landlord.post("/v1/leases/end", json=LEASE_END)
    cursor = nav.get("/v1/feed").json()["next"]
    scenario.context.writer.submit_and_wait(NewEpoch())
    yield nav.get("/v1/feed", params={"after": cursor})


def _refused(scenario: Scenario) -> Iterator[httpx.Response]:
    body, landlord = scenario.body(reference="K-1046-2026-11"), scenario.landlord
    yield landlord.post("/v1/notices", json=body)
    elsewhere = {"street": "Storgata", "house_number": "5"}
    other_lease = body["lease"] | {"reference": "K-1046"}
    tomorrow = (scenario.today + timedelta(days=1)).isoformat()
    for changes in (
        {"planned_petition_date": tomorrow, "lease": other_lease},
        {"dwelling": elsewhere | {"postal_code": "6001", "municipality_number": "1507"}, "lease": other_lease},
        {"dwelling": elsewhere | {"postal_code": "0557"}, "lease": other_lease},
        {"tenants": [{"name": "Kari Testperson", "national_id": "01819010002"}], "lease": None},
        {"attestations": {"no_reservation_received": False, "reason_to_notify": False}, "lease": other_lease},
    ):
        yield landlord.post("/v1/notices", json=body | changes)


def members_of(value: Any, at: str = "") -> set[str]:
    """List the places of all members; of an item of a list, that of its list."""
    if isinstance(value, dict):
        return {at}.union(*(members_of(one, f"{at}/{name}") for name, one in value.items()))
    return set().union(*(members_of(one, f"{at}/-") for one in value)) if isinstance(value, list) else set()


def _main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/varsling.db"
        upgrade(create_engine(url))
        service = Service(settings_of(url, Path(name), calls_per_minute=600, public_url="http://127.0.0.1:8000"))
        service.start()
        try:
            found = recorded(Scenario(service))
        finally:
            service.stop()
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    _main()
