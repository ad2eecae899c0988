"""The document lists for each operation exactly its possible problem codes: here each one is reached.

`tests.contract` checks in every test that no answer has an unlisted code.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.maskinporten import ISSUER, Key, Maskinporten, claims_of
from tests.contract import Operation, codes_of, listed, operation_of
from tests.landlords.enhetsregisteret import Simulator, unit
from tests.law.answers import of_another_ground
from tests.notices.bodies import AGENT, changed, of_a_person
from tests.notices.faults import LAW
from tests.notices.scenario import GRUNERLOKKA, OLA, Scenario, tenant
from tests.service import LANDLORD, OTHER_LANDLORD, Service, settings_of
from varsling.access.issuer import LANDLORD_SCOPES
from varsling.database.engine import create_engine, reading
from varsling.database.migrate import upgrade
from varsling.deliveries.channels.channel import Permanent
from varsling.domain.codes import RULES
from varsling.domain.dates import oslo_date
from varsling.domain.problems import Code
from varsling.feed.upkeep import NewEpoch
from varsling.notices.commands.suspend import ResumeLandlord
from varsling.notices.schemas import examples
from varsling.notices.schemas.examples import NOTICE
from varsling.notices.service import SuspendLandlord
from varsling.privacy.keys import open_keyring
from varsling.reservations.examples import LEASE_END, RESERVATION, REVOCATION
from varsling.settings import Issuer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Reached with faults of the database and of the code: tests/web/test_problems.py, tests/database, tests/access.
ELSEWHERE = {Code.INTERNAL, Code.UNAVAILABLE, Code.REQUEST_IN_PROGRESS}
# The contract's codes for calls and channels that are still to come, and the code that any path may answer.
OF_NO_CALL = {Code.NOT_SENT_YET, Code.TENANT_UNREACHABLE, Code.METHOD_NOT_ALLOWED}
UNKNOWN = "019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a11"


class Reached(dict[Operation, set[str]]):
    def add(self, answer: httpx.Response) -> httpx.Response:
        operation = operation_of(answer.request)
        assert operation is not None, answer.request.url
        if answer.is_error:
            self.setdefault(operation, set()).add(answer.json()["code"])
        return answer


BODIES: Mapping[Operation, dict[str, Any]] = {
    ("POST", "/v1/notices"): NOTICE,
    ("POST", "/v1/notices/check"): NOTICE,
    ("POST", "/v1/notices/batch"): {"items": [{"notice": NOTICE}]},
    ("POST", "/v1/notices/{notice_id}/update"): examples.UPDATE,
    ("POST", "/v1/notices/{notice_id}/contact"): examples.CONTACT,
    ("POST", "/v1/notices/{notice_id}/settlement"): examples.SETTLEMENT,
    ("POST", "/v1/notices/{notice_id}/withdrawal"): examples.WITHDRAWAL,
    ("POST", "/v1/reservations"): RESERVATION,
    ("POST", "/v1/reservations/{reservation_id}/revocation"): REVOCATION,
    ("POST", "/v1/leases/end"): LEASE_END,
    ("POST", "/v1/offices/lookup"): {"dwelling": NOTICE["dwelling"]},
    ("POST", "/v1/feed/notices/{notice_id}/acknowledgement"): examples.ACKNOWLEDGEMENT,
    ("POST", "/v1/feed/notices/{notice_id}/forwarding"): examples.FORWARDING,
}


FORWARDING = "/v1/feed/notices/{}/forwarding"


def test_each_operation_reaches_its_codes_and_lists_no_other(
    service: Service, new_service: Callable[..., Service], tmp_path: Path
) -> None:
    reached = Reached()
    scenario = Scenario.with_grant(service)
    for operation in listed():
        for answer in of_every_call(scenario, operation):
            reached.add(answer)
    for answer in (*of_notices(scenario), *of_changes(scenario), *of_the_rest(scenario), *of_suspended(scenario)):
        reached.add(answer)
    others = (*of_other_settings(tmp_path / "other"), *of_landlords(new_service), *of_too_many_calls(new_service))
    for answer in others:
        reached.add(answer)

    of_calls = {code for code, rule in RULES.items() if not rule.of_field}
    assert of_calls - set().union(*map(codes_of, listed())) == OF_NO_CALL
    missing = {operation: codes_of(operation) - reached.get(operation, set()) - ELSEWHERE for operation in listed()}
    assert {operation: sorted(codes) for operation, codes in missing.items() if codes} == {}


def of_every_call(scenario: Scenario, operation: Operation) -> Iterator[httpx.Response]:
    """Refusals of any call: token, media types, body, key."""
    method, template = operation
    path = template.replace("{notice_id}", UNKNOWN).replace("{reservation_id}", UNKNOWN).replace("{number}", "9999")
    client = scenario.nav if "feed" in template else scenario.landlord
    stranger = scenario.service.client("311758489", ["none"])
    body = BODIES.get(operation)
    if "{" in template:
        yield client.request(method, path, json=body)
    if method == "GET":
        yield client.request(method, path, params={"no_such": "x"})
    yield client.request(method, path, params={"after" if template == "/v1/feed" else "cursor": "forged"})
    yield client.request(method, path, json=body, headers={"Accept": "image/png"})
    if template == "/v1/dates":
        return
    yield scenario.service.anonymous().request(method, path, json=body)
    yield stranger.request(method, path, json=body)
    if body is None:
        return
    yield client.request(method, path, content=b"{", headers={"Content-Type": "application/json"})
    yield client.request(method, path, content=b"x", headers={"Content-Type": "text/plain"})
    yield client.request(method, path, json={"text": "x" * 5_000_000})
    yield client.request(method, path, json={"no_such": 1})
    yield client.request(method, path, json=body, headers={"Idempotency-Key": "no spaces"})


def of_notices(scenario: Scenario) -> Iterator[httpx.Response]:
    """Law, routing, reservations: the single call and the check alike; keys and references; a batch's key."""
    plain = scenario.body()
    bodies = [changed(plain, *changes) for changes, code, _ in LAW if "2026-" not in str(changes)]
    bodies += [
        plain | {"planned_petition_date": day(scenario, 13)},
        plain | {"planned_petition_date": day(scenario, -1)},
        plain | {"petition_filed_on": day(scenario, 1)},
        changed(
            plain,
            (("ground", "warning_sent_on"), day(scenario, -59)),
            (("breach", "claims", 0, "due_date"), day(scenario, -50)),
        ),
        changed(plain, (("breach", "claims", 0, "due_date"), day(scenario, 0))),
        plain | {"landlord": plain["landlord"] | {"organisation_number": OTHER_LANDLORD}},
        *(
            plain | {"dwelling": {"street": "Storgata", "house_number": "1"} | place}
            for place in (
                {"postal_code": "9170"},
                {"postal_code": "0557", "municipality_number": "4601"},
                {"postal_code": "0557"},
                {"postal_code": "6001", "municipality_number": "1507"},
            )
        ),
        plain | {"lease": plain["lease"] | {"use": "holiday", "eviction_clause": False}},
        plain | {"planned_petition_date": day(scenario, 30), "petition_held_until": day(scenario, 31)},
        changed(plain, (("breach", "claims"), plain["breach"]["claims"] * 2)),
        plain | of_another_ground(scenario, "no_title"),
        plain | of_another_ground(scenario, "lease_expired") | {"breach": plain["breach"]},
    ]
    for path in ("/v1/notices", "/v1/notices/check"):
        for body in bodies:
            answer = scenario.landlord.post(path, json=body)
            assert answer.is_error, (body["ground"], body["breach"], body["dwelling"], body["tenants"], body["lease"])
            yield answer
        yield scenario.service.agent().post(path, json=plain)
    agents = scenario.service.agent()
    own = of_a_person() | {"tenants": [{"name": "Per Utleier", "national_id": "31926530774"}]}
    unattested = of_a_person() | {"attestations": {"no_reservation_received": True, "reason_to_notify": True}}
    first = scenario.landlord.post("/v1/notices", json=plain, headers={"Idempotency-Key": "n"})
    assert first.status_code == 201, first.text
    yield scenario.landlord.post("/v1/notices", json=plain | {"reference": "X"}, headers={"Idempotency-Key": "n"})
    scenario.landlord.post("/v1/notices/batch", json={"items": [{"notice": plain}]}, headers={"Idempotency-Key": "b"})
    other = {"items": [{"notice": plain | {"reference": "X"}}]}
    yield scenario.landlord.post("/v1/notices/batch", json=other, headers={"Idempotency-Key": "b"})
    for path in ("/v1/notices", "/v1/notices/check"):
        yield from (agents.post(path, json=body) for body in (own, unattested))
        yield scenario.landlord.post(path, json=plain | {"reference": "X"})
        yield scenario.landlord.post(path, json=plain | {"children_in_dwelling": True})
    scenario.settle(first.json()["id"])
    for number in range(2):
        scenario.settle(scenario.send(reference=f"X-{number}")["id"])
    for path in ("/v1/notices", "/v1/notices/check"):
        yield scenario.landlord.post(path, json=plain | {"reference": "X-4"})
    scenario.reserve("Ola Prøvesen", OLA)
    for path in ("/v1/notices", "/v1/notices/check"):
        yield scenario.landlord.post(path, json=scenario.body(tenant("Ola Prøvesen", OLA)))


def day(scenario: Scenario, number: int) -> str:
    return (scenario.today + timedelta(days=number)).isoformat()


def of_changes(scenario: Scenario) -> Iterator[httpx.Response]:
    scenario.pass_time(timedelta(days=200))
    person = tenant("Nora Nabo", "01819013744")
    claims = scenario.body()["breach"]["claims"]
    notice = scenario.send(person, reference="C-1", lease=lease("C-1"))["id"]
    said = {
        "update": {"deposited_amount": "100.00"},
        "contact": {"tenant": scenario.read(notice)["tenants"][0]["id"], "phone": "+4799999999"},
        "settlement": {"reason": "paid", "on": day(scenario, 0)},
        "withdrawal": {"reason": "mistake"},
    }
    for body in (
        {"planned_petition_date": day(scenario, 13)},
        {"planned_petition_date": day(scenario, -1)},
        {"petition_filed_on": day(scenario, 1)},
        {"deposited_amount": "21500.00"},
        {"claims": [claims[0], claims[1] | {"due_date": day(scenario, 0)}]},
        {"claims": [claims[0] | {"due_date": day(scenario, -2)}]},
        {"claims": [claims[0] | {"reference": "N-01819010001"}]},
        {"claims": [claims[0], claims[0]]},
        {"petition_withdrawn_on": day(scenario, 0)},
        {"claims": [claims[0] | {"due_date": day(scenario, 0)}], "planned_petition_date": day(scenario, 13)},
    ):
        yield scenario.change(notice, "update", body)
    for days in (1, -400):
        yield scenario.change(notice, "settlement", {"reason": "paid", "on": day(scenario, days)})
    yield scenario.change(notice, "contact", {"tenant": UNKNOWN, "phone": "+4799999999"})
    scenario.landlord.post("/v1/reservations", json=RESERVATION, headers={"Idempotency-Key": "taken"})
    for what, body in said.items():
        yield scenario.change(notice, what, body, If_Match='"9"')
        yield scenario.change(notice, what, body, Idempotency_Key="taken")
    other = of_another_ground(scenario, "lease_expired")
    expired = scenario.send(person, reference="C-2", lease=lease("C-2"), **other)
    yield scenario.change(expired["id"], "update", {"claims": claims})
    scenario.settle(notice)
    for what, body in said.items():
        yield scenario.change(notice, what, body)
    yield from of_blocked(scenario, person)


def lease(reference: str) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True}


def of_blocked(scenario: Scenario, person: dict[str, Any]) -> Iterator[httpx.Response]:
    """A notice stopped for want of an address, and its successor; a reservation after the fetch."""
    scenario.pass_time(timedelta(days=200))
    blocked = scenario.send(person, reference="B-1", lease=lease("B-1"))
    scenario.dispatch_to(otherwise=Permanent("no-address"))
    contact = {"tenant": blocked["tenants"][0]["id"], "phone": "+4799999999"}
    same = scenario.send(person, reference="B-1", lease=lease("B-2"))
    yield scenario.change(blocked["id"], "contact", contact)
    scenario.withdraw(same["id"])
    open_one = scenario.send(person, reference="B-3", lease=lease("B-1"))
    yield scenario.change(blocked["id"], "contact", contact)
    scenario.grant()
    scenario.work()
    scenario.fetch(open_one["id"])
    scenario.reserve(person["name"], person["national_id"], lease="B-1")
    yield scenario.change(open_one["id"], "update", {"deposited_amount": "100.00"})
    scenario.settle(open_one["id"])
    yield scenario.change(blocked["id"], "contact", contact)


def of_the_rest(scenario: Scenario) -> Iterator[httpx.Response]:
    yield from of_reservations(scenario)
    yield from of_offices(scenario)
    yield scenario.nav.get("/v1/feed", params={"after": of_another_epoch(scenario)})


def of_suspended(scenario: Scenario) -> Iterator[httpx.Response]:
    notice = scenario.send(tenant("Eva Prøvesen", birth_date="1983-02-03"), reference="S-1", lease=lease("S-1"))
    scenario.context.writer.submit_and_wait(SuspendLandlord(LANDLORD))
    for path in ("/v1/notices", "/v1/notices/check"):
        yield scenario.landlord.post(path, json=scenario.body(reference="S-2"))
    yield scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
    yield scenario.change(notice["id"], "contact", {"tenant": notice["tenants"][0]["id"], "phone": "+4799999999"})
    scenario.context.writer.submit_and_wait(ResumeLandlord(LANDLORD))


def of_reservations(scenario: Scenario) -> Iterator[httpx.Response]:
    synthetic = {"name": "Kari Testperson", "national_id": "01819010001", "birth_date": "1991-01-01"}
    real = {"name": "Kari Testperson", "national_id": "02013299997"}
    numbered = {"reference": "N-01819010001"}
    for changes in (
        {"tenant": synthetic},
        {"tenant": real},
        {"lease": numbered},
        {"lease": numbered, "tenant": real},
        {"received_on": day(scenario, 1)},
        {"landlord": {"organisation_number": OTHER_LANDLORD}},
    ):
        yield scenario.landlord.post("/v1/reservations", json=RESERVATION | changes)
    agents = scenario.service.agent()
    person = {"name": "Per Utleier", "national_id": "31926530774"}
    for landlord in (person | {"birth_date": "1991-01-01"}, {"name": "Per Utleier", "national_id": "02013299997"}):
        yield agents.post("/v1/leases/end", json=LEASE_END | {"landlord": landlord})
        yield agents.post("/v1/leases/end", json=LEASE_END | {"landlord": landlord, "lease": numbered})
    yield scenario.landlord.post("/v1/leases/end", json=LEASE_END | {"lease": numbered})
    yield scenario.landlord.post(
        "/v1/leases/end", json=LEASE_END | {"landlord": {"organisation_number": OTHER_LANDLORD}}
    )
    key = {"Idempotency-Key": "taken"}
    yield scenario.landlord.post("/v1/leases/end", json=LEASE_END, headers=key)
    yield scenario.landlord.post("/v1/reservations", json=RESERVATION | {"form": "sms"}, headers=key)
    made = scenario.landlord.post("/v1/reservations", json=RESERVATION | {"received_on": day(scenario, 0)}).json()
    path = f"/v1/reservations/{made['id']}/revocation"
    for days in (1, -1):
        yield scenario.landlord.post(path, json=REVOCATION | {"received_on": day(scenario, days)})
    yield scenario.landlord.post(path, json=REVOCATION, headers=key)


def of_offices(scenario: Scenario) -> Iterator[httpx.Response]:
    for place in (
        {"postal_code": "9170"},
        {"postal_code": "0000"},
        {"postal_code": "0557"},
        {"postal_code": "0557", "municipality_number": "4601"},
        {"postal_code": "0557", "municipality_number": "9999"},
        {"postal_code": "6001", "municipality_number": "1507"},
        {"postal_code": "9170", "street": "Postboks 1"},
        {"postal_code": "0557", "street": "Postboks 1", "district_number": "030102"},
    ):
        dwelling = {"street": "Storgata", "house_number": "1"} | place
        yield scenario.landlord.post("/v1/offices/lookup", json={"dwelling": dwelling})
    scenario.grant()
    tenants = [tenant("Per Prøvesen", birth_date="1971-02-03")]
    path = "/v1/feed/notices/{}/acknowledgement"
    notice = scenario.send(*tenants, reference="O-1", lease=lease("O-1"))["id"]
    scenario.work()
    said = {"opened_by_person": True}
    yield scenario.nav.post(path.format(notice), json=said | {"at": "2199-01-01T00:00:00Z"})
    yield scenario.nav.post(path.format(notice), json=said | {"case_reference": "01819010001"})
    scenario.nav.post(path.format(notice), json=said, headers={"Idempotency-Key": "k"})
    yield scenario.nav.post(path.format(notice), json={"opened_by_person": False}, headers={"Idempotency-Key": "k"})
    yield from of_forwarding(scenario, notice)
    scenario.withdraw(notice, "wrong_person")
    yield scenario.fetch(notice)
    yield scenario.nav.post(path.format(notice), json=said)
    yield scenario.nav.post(FORWARDING.format(notice), json=examples.FORWARDING)


def of_forwarding(scenario: Scenario, notice: str) -> Iterator[httpx.Response]:
    path = FORWARDING.format(notice)
    wrong_area = {"reason": "wrong_area"}
    yield scenario.nav.post(path, json=wrong_area | {"office": GRUNERLOKKA})
    yield scenario.nav.post(path, json=wrong_area | {"office": "0000"})
    yield scenario.nav.post(path, json=wrong_area | {"office": "31"})
    yield scenario.nav.post(path, json={"office": "0314", "reason": "unknown"})
    yield scenario.nav.post(path, json={"office": "0314"})
    settled = scenario.send(tenant("Ane Prøvesen", birth_date="1981-02-03"), reference="O-2", lease=lease("O-2"))["id"]
    scenario.work()
    scenario.settle(settled)
    path = FORWARDING.format(settled)
    yield scenario.nav.post(path, json=wrong_area | {"office": "0314"})
    other = scenario.send(tenant("Ida Prøvesen", birth_date="1982-02-03"), reference="O-3", lease=lease("O-3"))["id"]
    scenario.work()
    scenario.grant(None)
    path = FORWARDING.format(other)
    scenario.nav.post(path, json=wrong_area | {"office": "0314"}, headers={"Idempotency-Key": "f"})
    yield scenario.nav.post(path, json=wrong_area | {"office": "0316"}, headers={"Idempotency-Key": "f"})


def of_another_epoch(scenario: Scenario) -> str:
    cursor = scenario.nav.get("/v1/feed").json()["next"]
    scenario.context.writer.submit_and_wait(NewEpoch())
    return str(cursor)


def of_other_settings(folder: Path) -> Iterator[httpx.Response]:
    """Production, which takes no synthetic number, and the policy that wants the warning's period to be over."""
    key = Key("first")
    with (
        Maskinporten() as maskinporten,
        running(
            folder,
            environment="production",
            public_url="https://varsling.example",
            ground_rule="sequential",
            issuers=(Issuer(issuer=ISSUER, jwks_url=maskinporten.url),),
        ) as service,
    ):
        maskinporten.keys = [key.jwk()]
        scopes = " ".join(f"varsling:{scope}" for scope in LANDLORD_SCOPES)
        landlord = service.with_token(key.token(claims_of("311758489", scopes)))
        agent = service.with_token(
            key.token(claims_of("313367002", "varsling:reservations.write varsling:notices.agent"))
        )
        with reading(service.context.engine) as connection:
            yesterday = oslo_date(service.context.clock.now(connection)) - timedelta(days=1)
        person = {"tenants": [tenant("Kari Testperson", birth_date="1990-01-01")]}
        ground = {"ground": {"code": "rent_unpaid", "warning_sent_on": yesterday.isoformat()}}
        for path in ("/v1/notices", "/v1/notices/check"):
            yield landlord.post(path, json=examples.TIMELESS_NOTICE)
            yield landlord.post(path, json=examples.TIMELESS_NOTICE | person | ground)
        synthetic = {"name": "Kari Testperson", "national_id": "01819010001"}
        yield landlord.post("/v1/reservations", json=RESERVATION | {"tenant": synthetic})
        yield agent.post("/v1/leases/end", json=LEASE_END | {"landlord": synthetic})


def of_landlords(new_service: Callable[..., Service]) -> Iterator[httpx.Response]:
    with Simulator() as register:
        service = new_service(enhetsregisteret_url=register.url)
        agent, body = service.agent(), Scenario(service).body(tenant("Liv Prøve", birth_date="1980-04-04"))
        register.units["311758489"] = unit("311758489", "KOMM", "6500")
        register.gone.add(OTHER_LANDLORD)
        for number in ("311758489", OTHER_LANDLORD, "310702641"):
            named = body | {"landlord": body["landlord"] | {"organisation_number": number}, "agent": AGENT}
            for path in ("/v1/notices", "/v1/notices/check"):
                yield agent.post(path, json=named | {"attestations": of_a_person()["attestations"]})


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Service]:
    folder.mkdir()
    url = f"sqlite:///{folder}/varsling.db"
    engine = create_engine(url)
    upgrade(engine)
    engine.dispose()
    open_keyring(settings_of(url, folder))  # production makes no key file by itself
    service = Service(settings_of(url, folder, **settings))
    service.start()
    try:
        yield service
    finally:
        service.stop()


def of_too_many_calls(new_service: Callable[..., Service]) -> Iterator[httpx.Response]:
    service = new_service(calls_per_minute=1, calls_per_minute_without_token=1)
    clients = {"feed": service.nav(), "dates": service.anonymous(), "": service.landlord()}
    for method, template in listed():
        client = next(client for part, client in clients.items() if part in template)
        path = template.replace("{notice_id}", UNKNOWN).replace("{reservation_id}", UNKNOWN).replace("{number}", "9999")
        for _ in range(2):
            answer = client.request(method, path, json=BODIES.get((method, template)))
        yield answer
