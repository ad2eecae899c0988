"""A tenant's reservation, from the landlord's system to the letters and notices it stops (LAW, rules 4 and 5; guarantee
11)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.cluster import until
from tests.notices.scenario import KARI, OLA, Scenario, both, tenant
from tests.service import AGENT, LANDLORD, OTHER_LANDLORD, Service
from varsling.deliveries.tables import deliveries
from varsling.feed.service import GrantKind

BORN = "1990-01-01"


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def stage_with(new_service: Callable[..., Service]) -> Callable[..., Scenario]:
    def make(**settings: Any) -> Scenario:
        scenario = Scenario(new_service(**settings))
        scenario.grant()
        return scenario

    return make


def refused(scenario: Scenario, *tenants: dict[str, Any], **changes: Any) -> bool:
    answer = scenario.landlord.post("/v1/notices", json=scenario.body(*tenants, **changes))
    assert answer.status_code == 201 or answer.json()["code"] == "tenant-reserved", answer.text
    return answer.status_code == 409


class TestRegistering:
    def test_it_is_answered_without_the_number(self, scenario: Scenario) -> None:
        made = scenario.reserve()

        assert made.status_code == 201
        body = made.json()
        assert made.headers["location"] == f"/v1/reservations/{body['id']}"
        read = scenario.landlord.get(made.headers["location"])
        assert (read.json(), read.headers["etag"]) == (body, made.headers["etag"])
        assert body["tenant"] == {"name": "Kari Testperson", "national_id_given": True, "birth_date": None}
        assert (body["form"], body["revoked_at"], body["version"]) == ("letter", None, 1)
        assert KARI not in made.text
        (event,) = scenario.events(scenario.landlord)
        assert (event["type"], event["reservation"]) == ("reservation.made", body["id"])
        assert event["notice"] is event["reference"] is None
        assert event["lease"] == body["lease"]["reference"]

    def test_its_event_says_who_it_is_where_a_notice_of_the_same_system_knows_her(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.reserve()
        (event,) = scenario.events(scenario.landlord, type="reservation.made")
        kari, _ = notice["tenants"]
        assert (event["notice"], event["reference"], event["tenant"]) == (notice["id"], notice["reference"], kari["id"])

    def test_its_event_names_no_notice_of_another_system(self, scenario: Scenario) -> None:
        scenario.send()
        scenario.work()
        body = scenario.reservation()
        assert scenario.service.agent().post("/v1/reservations", json=body).status_code == 201
        for reader in (scenario.landlord, scenario.service.agent()):
            (event,) = scenario.events(reader, type="reservation.made")
            assert event["notice"] is event["reference"] is None
            assert "tenant" not in event

    def test_the_same_again_gets_the_first_answer(self, scenario: Scenario) -> None:
        first, again = scenario.reserve(), scenario.reserve()
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert len(scenario.landlord.get("/v1/reservations").json()["items"]) == 1

    def test_a_key_is_bound(self, scenario: Scenario) -> None:
        body = scenario.reservation()
        keyed = {"Idempotency-Key": "r"}
        first = scenario.landlord.post("/v1/reservations", json=body, headers=keyed)
        again = scenario.landlord.post("/v1/reservations", json=body, headers=keyed)
        other = scenario.landlord.post("/v1/reservations", json=body | {"form": "email"}, headers=keyed)
        assert again.content == first.content
        assert other.json()["code"] == "idempotency-key-reused"

    def test_a_list_has_pages_and_a_filter(self, scenario: Scenario) -> None:
        for lease in ("A", "B", "C"):
            assert scenario.reserve(lease=lease).status_code == 201
        first = scenario.landlord.get("/v1/reservations", params={"limit": 2}).json()
        rest = scenario.landlord.get("/v1/reservations", params={"limit": 2, "cursor": first["next"]}).json()
        assert [one["lease"]["reference"] for one in first["items"] + rest["items"]] == ["A", "B", "C"]
        assert rest["next"] is None
        only = scenario.landlord.get("/v1/reservations", params={"lease": "B"}).json()
        assert [one["lease"]["reference"] for one in only["items"]] == ["B"]
        forged = scenario.landlord.get("/v1/reservations", params={"lease": "B", "cursor": first["next"]})
        assert forged.json()["code"] == "cursor-unknown"

    def test_none_is_revoked_before_it_was_received(self, scenario: Scenario) -> None:
        path = f"{scenario.reserve().headers['location']}/revocation"
        for days, status in ((1, 422), (0, 200)):
            on = f"{scenario.today - timedelta(days=days)}"
            answer = scenario.landlord.post(path, json={"received_on": on, "form": "sms"})
            assert answer.status_code == status, answer.text
        assert answer.json()["revoked_at"] is not None

    def test_another_landlord_neither_registers_nor_sees(self, scenario: Scenario) -> None:
        made = scenario.reserve()
        other = scenario.service.landlord(OTHER_LANDLORD)
        assert other.get("/v1/reservations").json()["items"] == []
        path = f"/v1/reservations/{made.json()['id']}/revocation"
        assert other.post(path, json={"received_on": "2020-01-01", "form": "sms"}).status_code == 404
        assert other.get(made.headers["location"]).status_code == 404
        scenario.landlord = other
        assert scenario.reserve().json()["code"] == "landlord-mismatch"

    def test_the_landlord_learns_which_agent_registered_one_and_can_revoke_it(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        agent = scenario.service.agent()
        body = scenario.reservation()
        assert agent.post("/v1/reservations", json=body).json()["registered_by"] == AGENT
        assert scenario.landlord.get(f"/v1/notices/{notice['id']}").json()["closed"]["reason"] == "reserved"
        (seen,) = scenario.landlord.get("/v1/reservations").json()["items"]
        assert seen["registered_by"] == AGENT
        revoked = scenario.landlord.post(
            f"/v1/reservations/{seen['id']}/revocation", json={"received_on": body["received_on"], "form": "sms"}
        )
        assert revoked.status_code == 200
        assert scenario.send()["status"] == "accepted"

    def test_an_agent_whose_notice_is_met_by_anothers_reservation_learns_of_it_and_can_revoke_it(
        self, scenario: Scenario
    ) -> None:
        """A private landlord has no system of his own: without his agent nobody would hear of it."""
        agent, other = scenario.service.agent(), scenario.service.agent(OTHER_LANDLORD)
        person = {"name": "Per Utleier", "national_id": OLA, "contact": {"email": "per@mail.example"}}
        acting = {"organisation_number": AGENT, "name": "Agent AS", "contact": {"email": "a@agent.example"}}
        body = scenario.body() | {"landlord": person, "agent": acting}
        body["attestations"] = body["attestations"] | {"power_of_attorney": True}
        sent = agent.post("/v1/notices", json=body)
        assert sent.status_code == 201, sent.text
        elsewhere = {"reference": "HIS", "agent": acting | {"organisation_number": OTHER_LANDLORD}}
        lease = body["lease"] | {"reference": "HIS"}
        assert other.post("/v1/notices", json=body | elsewhere | {"lease": lease}).status_code == 201
        scenario.work()
        said = scenario.reservation(landlord={"name": "Per Utleier", "national_id": OLA})
        made = other.post("/v1/reservations", json=said).json()
        assert agent.get(f"/v1/notices/{sent.json()['id']}").json()["status"] == "withdrawn"
        (event,) = scenario.events(agent, type="reservation.made")
        assert event["reservation"] == made["id"]
        assert event["notice"] is event["reference"] is None  # the other's notice is nobody else's business
        assert agent.get(f"/v1/reservations/{made['id']}").json()["registered_by"] == OTHER_LANDLORD
        revoked = {"received_on": scenario.today.isoformat(), "form": "sms"}
        assert agent.post(f"/v1/reservations/{made['id']}/revocation", json=revoked).status_code == 200
        assert len(scenario.events(agent, type="reservation.revoked")) == 1
        assert agent.post("/v1/notices", json=body | {"reference": "AGAIN"}).status_code == 201

    def test_a_lying_notice_gives_no_right_to_what_the_landlord_registered(self, scenario: Scenario) -> None:
        """Nor does the letter of its revocation go to the address that the liar chose."""
        scenario.send()
        agent = scenario.service.agent()
        fake = {"name": "Kari Testperson", "birth_date": "1990-01-01"}
        elsewhere = {"lines": ["Skurkegata 9"], "postal_code": "5003", "city": "Bergen"}
        body = scenario.body(fake | {"postal_address": elsewhere}, reference="FAKE")
        body |= {"agent": {"organisation_number": AGENT, "name": "Agent AS", "contact": {"email": "a@agent.example"}}}
        body["lease"] = body["lease"] | {"reference": "FAKE"}
        body["attestations"] = body["attestations"] | {"power_of_attorney": True}
        assert agent.post("/v1/notices", json=body).status_code == 201
        scenario.work()
        made = scenario.reserve().json()
        revoked = {"received_on": scenario.today.isoformat(), "form": "sms"}
        assert agent.get(f"/v1/reservations/{made['id']}").status_code == 404
        assert agent.post(f"/v1/reservations/{made['id']}/revocation", json=revoked).status_code == 404
        before = len(scenario.letters("second"))
        scenario.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=revoked)
        scenario.work()
        letters = [one["address"] for one in scenario.letters("second")]
        assert len(letters) >= before + 1
        assert not [text for text in scenario.texts_of("second") if "opphevet" in text and "Skurkegata" in text]
        assert [text for text in scenario.texts_of("second") if "opphevet" in text]

    def test_no_letter_says_that_her_reservation_is_over_while_another_stands(self, scenario: Scenario) -> None:
        scenario.send()
        scenario.work()
        assert scenario.reserve(lease="ONE").status_code == 201
        second = scenario.reserve(lease="TWO").json()
        said = {"received_on": scenario.today.isoformat(), "form": "sms"}
        path = f"/v1/reservations/{second['id']}/revocation"
        before = len(scenario.letters("second"))
        assert scenario.landlord.post(path, json=said).status_code == 200
        scenario.work()
        assert len(scenario.letters("second")) == before + 1  # that Nav cannot read the notice

    def test_reserving_and_revoking_sends_her_no_letters_without_end(self, scenario: Scenario) -> None:
        scenario.send()
        scenario.work()
        said = {"received_on": scenario.today.isoformat(), "form": "sms"}
        codes = []
        for number in range(7):
            made = scenario.reserve(lease=f"L{number}").json()
            codes.append(scenario.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=said).status_code)
        assert codes == [200] * 7  # never refused: it may end a lie
        scenario.work()
        assert len(scenario.letters("second")) == 1 + 5

    def test_what_is_wrong_is_told_at_once(self, scenario: Scenario) -> None:
        later = scenario.today.replace(year=scenario.today.year + 1).isoformat()
        assert scenario.reserve(received_on=later).json()["code"] == "date-in-future"
        assert scenario.reserve(lease=KARI).json()["code"] == "identity-number-in-reference"
        conflict = scenario.reserve(tenant={"name": "Kari Testperson", "national_id": KARI, "birth_date": "1991-01-01"})
        assert conflict.json()["code"] == "birth-date-conflict"
        missing = scenario.reserve(tenant={"name": "Kari Testperson"}, landlord={})
        assert {one["pointer"] for one in missing.json()["errors"]} == {
            "/tenant",
            "/landlord",
        }


class TestNewNotices:
    @pytest.mark.parametrize(
        "named",
        [
            tenant("Kari Testperson", KARI),
            tenant("Helt Annet Navn", KARI),
            tenant("KARI TESTPERSON", birth_date=BORN),
            tenant("Testperson, Kari Marie", birth_date=BORN),
            tenant("Kari Prøve-Testperson", birth_date=BORN),
            tenant("Kari M. Testpersson", birth_date=BORN),
        ],
        ids=lambda named: named["name"],
    )
    def test_spelling_never_loses_it(self, scenario: Scenario, named: dict[str, Any]) -> None:
        scenario.reserve(lease="ANOTHER-LEASE")
        assert refused(scenario, named)

    def test_another_person_is_not_stopped(self, scenario: Scenario) -> None:
        scenario.reserve(lease="ANOTHER-LEASE")
        assert not refused(scenario, tenant("Ola Prøvesen", birth_date=BORN))
        assert not refused(
            scenario, tenant("Kari Testperson", birth_date="1985-06-07"), reference="X-2", lease=lease("X-2")
        )

    def test_on_the_same_lease_the_birth_date_is_enough(self, scenario: Scenario) -> None:
        scenario.reserve(lease="K-1044")
        assert refused(scenario, tenant("Gift Ektenavn", birth_date=BORN))


def lease(reference: str) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True}


class TestOpenNotices:
    def test_before_the_first_copy_it_stops_silently(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.reserve()
        scenario.work()

        read = scenario.read(notice["id"])
        assert (read["status"], read["blocked"]) == ("blocked", {"reason": "tenant-reserved"})
        assert scenario.letters("copy") == scenario.letters("second") == []
        assert scenario.types() == []
        assert scenario.types(scenario.landlord) == ["reservation.made", "notice.blocked"]

    def test_one_of_two_is_left_out_and_the_other_published(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.reserve()
        scenario.work()

        assert len(scenario.letters("copy")) == 1
        assert scenario.types() == ["notice.sent"]
        assert [one["name"] for one in scenario.fetch(notice["id"]).json()["tenants"]] == ["Ola Prøvesen"]
        assert {one["copy"]["status"] for one in scenario.read(notice["id"])["tenants"]} == {"dispatched", "not_sent"}

    def test_a_published_notice_that_no_integration_read_is_withdrawn(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()

        scenario.reserve()
        scenario.work()

        assert scenario.read(notice["id"])["status"] == "withdrawn"
        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("reserved", True)
        assert scenario.fetch(notice["id"]).status_code == 410
        assert len(scenario.letters("second")) == 1

    def test_published_for_two_it_stands_for_the_other(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.work()

        scenario.reserve()
        scenario.work()

        assert scenario.types() == ["notice.sent"]
        assert [one["name"] for one in scenario.fetch(notice["id"]).json()["tenants"]] == ["Ola Prøvesen"]
        assert len(scenario.letters("second")) == 1

    def test_a_notice_that_an_integration_read_is_not_recalled(self, scenario: Scenario) -> None:
        scenario.grant(kind=GrantKind.OBSERVE, organisation=AGENT)
        for name, reader in {"receives": scenario.nav, "observes": scenario.service.nav(AGENT)}.items():
            notice = scenario.send(reference=name, lease=lease(name))
            scenario.work()
            assert reader.get(f"/v1/feed/notices/{notice['id']}").status_code == 200
            scenario.reserve(lease=name)
            assert scenario.read(notice["id"])["status"] in ("sent", "received")
            refused_update = scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
            assert refused_update.json()["code"] == "tenant-reserved"
            assert scenario.settle(notice["id"]).status_code == 200
            for made in scenario.landlord.get("/v1/reservations").json()["items"]:
                said = {"received_on": scenario.today.isoformat(), "form": "letter"}
                scenario.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=said)
        assert scenario.types().count("notice.settled") == 2

    def test_a_letter_to_the_office_that_has_not_left_does_not_leave(self, service: Service) -> None:
        scenario = Scenario(service)  # without an integration the office gets a letter
        notice = scenario.send()
        scenario.step()  # the copy goes, and the office's letter is queued
        assert scenario.letters("office") == []

        scenario.reserve()
        scenario.work()

        assert scenario.letters("office") == []
        assert scenario.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}
        assert len(scenario.letters("second")) == 1

    def test_a_letter_to_the_office_that_has_left_stands(self, service: Service) -> None:
        scenario = Scenario(service)
        notice = scenario.send()
        scenario.work()
        scenario.reserve()
        assert scenario.read(notice["id"])["status"] == "sent"

    def test_a_tenant_with_a_copy_is_told_that_the_notice_is_not_published(
        self, stage_with: Callable[..., Scenario]
    ) -> None:
        scenario = stage_with(joint_reservation="block")
        notice = scenario.send(*both())
        scenario.dispatch_to("Kari Testperson")

        scenario.reserve("Ola Prøvesen", OLA)
        scenario.work()

        assert scenario.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}
        assert scenario.letters("copy") == []
        assert [one["address"][0] for one in scenario.letters("second")] == ["Kari Testperson"]
        assert scenario.types() == []

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_a_tenant_whose_copy_is_handed_over_meanwhile_is_told(self, scenario: Scenario) -> None:
        """The worker's hand-over commits after the reservation looked and before it takes the copy back."""
        scenario.send(*both())
        engine = scenario.context.engine
        with ThreadPoolExecutor(1) as pool, engine.connect() as worker:
            worker.execute(deliveries.update().values(handed_over_at=datetime.now(UTC)))
            reserving = pool.submit(scenario.reserve)
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
            with engine.connect() as watching:
                until(
                    lambda: bool(watching.exec_driver_sql(blocked).scalar_one()),
                    "the reservation does not wait",
                )
            worker.commit()
            assert reserving.result(60).status_code == 201
        scenario.work()
        assert [one["address"][0] for one in scenario.letters("second")] == ["Kari Testperson"]


class TestRevocation:
    def test_new_notices_are_possible_again_and_she_gets_a_letter(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        made = scenario.reserve().json()
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "withdrawn"
        before = len(scenario.letters("second"))
        assert refused(scenario, reference="X-2")

        said = {"received_on": scenario.today.isoformat(), "form": "letter"}
        revoked = scenario.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=said)
        scenario.work()

        assert revoked.status_code == 200
        assert (revoked.json()["version"], revoked.json()["revoked_at"] is None) == (2, False)
        assert len(scenario.letters("second")) == before + 1
        assert not refused(scenario, reference="X-2")
        assert scenario.types(scenario.landlord).count("reservation.revoked") == 1

    def test_again_it_changes_nothing(self, scenario: Scenario) -> None:
        made = scenario.reserve().json()
        said = {"received_on": scenario.today.isoformat(), "form": "letter"}
        path = f"/v1/reservations/{made['id']}/revocation"
        first = scenario.landlord.post(path, json=said, headers={"Idempotency-Key": "v"})
        again = scenario.landlord.post(path, json=said, headers={"Idempotency-Key": "v"})
        third = scenario.landlord.post(path, json=said)
        assert first.content == again.content == third.content
        assert again.headers["idempotency-replayed"] == "true"
        assert scenario.types(scenario.landlord) == ["reservation.made", "reservation.revoked"]


class TestEndOfLease:
    def end(self, scenario: Scenario, key: str = "end", **changes: Any) -> httpx.Response:
        body = {"landlord": {"organisation_number": LANDLORD}, "lease": {"reference": "K-1044"}, "on": "2026-11-30"}
        return scenario.landlord.post("/v1/leases/end", json=body | changes, headers={"Idempotency-Key": key})

    def test_a_second_end_date_replaces_the_first(self, scenario: Scenario) -> None:
        first, again, other = self.end(scenario), self.end(scenario), self.end(scenario, "other", on="2026-12-31")

        assert first.status_code == 200
        assert first.json() == {
            "version": 1,
            "landlord": {"organisation_number": LANDLORD},
            "lease": {"reference": "K-1044"},
            "on": "2026-11-30",
        }
        assert (first.headers["etag"], other.headers["etag"]) == ('"1"', '"2"')
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"

    def test_a_reservation_outlives_it(self, scenario: Scenario) -> None:
        scenario.reserve()
        assert self.end(scenario).status_code == 200
        assert refused(scenario, reference="X-2", lease=lease("X-2"))

    def test_what_is_wrong_is_told(self, scenario: Scenario) -> None:
        assert (
            self.end(scenario, "landlord", landlord={"organisation_number": OTHER_LANDLORD}).json()["code"]
            == "landlord-mismatch"
        )
        assert self.end(scenario, "number", lease={"reference": KARI}).json()["code"] == "identity-number-in-reference"
        assert self.end(scenario, "date", on="2026-02-30").json()["errors"][0]["code"] == "invalid-date"
        assert scenario.nav.post("/v1/leases/end", json={}).status_code == 403
