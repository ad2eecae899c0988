"""A tenant's reservation, from the landlord's system to what it stops (LAW, rules 4 and 5; guarantee 11)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.cluster import until
from tests.notices.scenario import KARI, OLA, Stage, both, tenant
from tests.service import AGENT, LANDLORD, OTHER_LANDLORD, Service
from varsling.deliveries.tables import deliveries
from varsling.feed.service import GrantKind

BORN = "1990-01-01"


@pytest.fixture
def stage(service: Service) -> Stage:
    return Stage.with_grant(service)


@pytest.fixture
def stage_with(new_service: Callable[..., Service]) -> Callable[..., Stage]:
    def make(**settings: Any) -> Stage:
        stage = Stage(new_service(**settings))
        stage.grant()
        return stage

    return make


def refused(stage: Stage, *tenants: dict[str, Any], **changes: Any) -> bool:
    answer = stage.landlord.post("/v1/notices", json=stage.body(*tenants, **changes))
    assert answer.status_code == 201 or answer.json()["code"] == "tenant-reserved", answer.text
    return answer.status_code == 409


class TestRegistering:
    def test_it_is_answered_without_the_number(self, stage: Stage) -> None:
        made = stage.reserve()

        assert made.status_code == 201
        body = made.json()
        assert made.headers["location"] == f"/v1/reservations/{body['id']}"
        assert body["tenant"] == {"name": "Kari Testperson", "national_id_given": True, "birth_date": None}
        assert (body["form"], body["revoked_at"], body["version"]) == ("letter", None, 1)
        assert KARI not in made.text
        (event,) = stage.events(stage.landlord)
        assert (event["type"], event["reservation"]) == ("reservation.made", body["id"])
        assert event["notice"] is event["reference"] is None

    def test_the_same_again_gets_the_first_answer(self, stage: Stage) -> None:
        first, again = stage.reserve(), stage.reserve()
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        assert len(stage.landlord.get("/v1/reservations").json()["items"]) == 1

    def test_a_key_is_bound(self, stage: Stage) -> None:
        body = {
            "landlord": {"organisation_number": "311758489"},
            "lease": {"reference": "K-1"},
            "tenant": {"name": "Kari Testperson", "national_id": KARI},
            "received_on": stage.today.isoformat(),
            "form": "sms",
        }
        keyed = {"Idempotency-Key": "r"}
        first = stage.landlord.post("/v1/reservations", json=body, headers=keyed)
        again = stage.landlord.post("/v1/reservations", json=body, headers=keyed)
        other = stage.landlord.post("/v1/reservations", json=body | {"form": "email"}, headers=keyed)
        assert again.content == first.content
        assert other.json()["code"] == "idempotency-key-reused"

    def test_a_list_has_pages_and_a_filter(self, stage: Stage) -> None:
        for lease in ("A", "B", "C"):
            assert stage.reserve(lease=lease).status_code == 201
        first = stage.landlord.get("/v1/reservations", params={"limit": 2}).json()
        rest = stage.landlord.get("/v1/reservations", params={"limit": 2, "cursor": first["next"]}).json()
        assert [one["lease"]["reference"] for one in first["items"] + rest["items"]] == ["A", "B", "C"]
        assert rest["next"] is None
        only = stage.landlord.get("/v1/reservations", params={"lease": "B"}).json()
        assert [one["lease"]["reference"] for one in only["items"]] == ["B"]
        forged = stage.landlord.get("/v1/reservations", params={"lease": "B", "cursor": first["next"]})
        assert forged.json()["code"] == "cursor-unknown"

    def test_another_landlord_neither_registers_nor_sees(self, stage: Stage) -> None:
        made = stage.reserve()
        other = stage.service.landlord(OTHER_LANDLORD)
        assert other.get("/v1/reservations").json()["items"] == []
        path = f"/v1/reservations/{made.json()['id']}/revocation"
        assert other.post(path, json={"received_on": "2020-01-01", "form": "sms"}).status_code == 404
        stage.landlord = other
        assert stage.reserve().json()["code"] == "landlord-mismatch"

    def test_what_is_wrong_is_told_at_once(self, stage: Stage) -> None:
        later = stage.today.replace(year=stage.today.year + 1).isoformat()
        assert stage.reserve(received_on=later).json()["code"] == "date-in-future"
        assert stage.reserve(lease=KARI).json()["code"] == "identity-number-in-reference"
        conflict = stage.reserve(tenant={"name": "Kari Testperson", "national_id": KARI, "birth_date": "1991-01-01"})
        assert conflict.json()["code"] == "birth-date-conflict"
        missing = stage.reserve(tenant={"name": "Kari Testperson"}, landlord={})
        assert {one["pointer"] for one in missing.json()["errors"]} == {
            "/tenant/national_id",
            "/landlord/organisation_number",
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
    def test_spelling_never_loses_it(self, stage: Stage, named: dict[str, Any]) -> None:
        stage.reserve(lease="ANOTHER-LEASE")
        assert refused(stage, named)

    def test_another_person_is_not_stopped(self, stage: Stage) -> None:
        stage.reserve(lease="ANOTHER-LEASE")
        assert not refused(stage, tenant("Ola Prøvesen", birth_date=BORN))
        assert not refused(
            stage, tenant("Kari Testperson", birth_date="1985-06-07"), reference="X-2", lease=lease("X-2")
        )

    def test_on_the_same_lease_the_birth_date_is_enough(self, stage: Stage) -> None:
        stage.reserve(lease="K-1044")
        assert refused(stage, tenant("Gift Ektenavn", birth_date=BORN))


def lease(reference: str) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True}


class TestOpenNotices:
    def test_before_the_first_copy_it_stops_silently(self, stage: Stage) -> None:
        notice = stage.send()
        stage.reserve()
        stage.work()

        read = stage.read(notice["id"])
        assert (read["status"], read["blocked"]) == ("blocked", {"reason": "tenant-reserved"})
        assert stage.letters("copy") == stage.letters("second") == []
        assert stage.types() == []
        assert stage.types(stage.landlord) == ["reservation.made", "notice.blocked"]

    def test_one_of_two_is_left_out_and_the_other_published(self, stage: Stage) -> None:
        notice = stage.send(*both())
        stage.reserve()
        stage.work()

        assert len(stage.letters("copy")) == 1
        assert stage.types() == ["notice.sent"]
        assert [one["name"] for one in stage.fetch(notice["id"]).json()["tenants"]] == ["Ola Prøvesen"]
        assert {one["copy"]["status"] for one in stage.read(notice["id"])["tenants"]} == {"dispatched", "not_sent"}

    def test_published_and_read_by_nobody_it_is_closed(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()

        stage.reserve()
        stage.work()

        assert stage.read(notice["id"])["status"] == "withdrawn"
        (event,) = stage.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("reserved", True)
        assert stage.fetch(notice["id"]).status_code == 410
        assert len(stage.letters("second")) == 1

    def test_published_for_two_it_stands_for_the_other(self, stage: Stage) -> None:
        notice = stage.send(*both())
        stage.work()

        stage.reserve()
        stage.work()

        assert stage.types() == ["notice.sent"]
        assert [one["name"] for one in stage.fetch(notice["id"]).json()["tenants"]] == ["Ola Prøvesen"]
        assert len(stage.letters("second")) == 1

    def test_what_was_read_is_not_recalled(self, stage: Stage) -> None:
        stage.grant(kind=GrantKind.OBSERVE, organisation=AGENT)
        for reader in (stage.nav, stage.service.nav(AGENT)):
            notice = stage.send(reference=f"R-{id(reader)}", lease=lease(f"R-{id(reader)}"))
            stage.work()
            assert reader.get(f"/v1/feed/notices/{notice['id']}").status_code == 200
            stage.reserve(lease=f"R-{id(reader)}")
            assert stage.read(notice["id"])["status"] in ("sent", "received")
            refused_update = stage.change(notice["id"], "update", {"deposited_amount": "100.00"})
            assert refused_update.json()["code"] == "tenant-reserved"
            assert stage.settle(notice["id"]).status_code == 200
            for made in stage.landlord.get("/v1/reservations").json()["items"]:
                said = {"received_on": stage.today.isoformat(), "form": "letter"}
                stage.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=said)
        assert stage.types().count("notice.settled") == 2

    def test_a_letter_to_the_office_that_has_not_left_does_not_leave(self, service: Service) -> None:
        stage = Stage(service)  # no integration: the office gets a letter
        notice = stage.send()
        stage.step()  # the copy, and with it the office's letter is queued
        assert stage.letters("office") == []

        stage.reserve()
        stage.work()

        assert stage.letters("office") == []
        assert stage.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}
        assert len(stage.letters("second")) == 1

    def test_a_letter_to_the_office_that_has_left_stands(self, service: Service) -> None:
        stage = Stage(service)
        notice = stage.send()
        stage.work()
        stage.reserve()
        assert stage.read(notice["id"])["status"] == "sent"

    def test_whoever_got_a_copy_of_what_is_not_published_hears_so(self, stage_with: Callable[..., Stage]) -> None:
        stage = stage_with(joint_reservation="block")
        notice = stage.send(*both())
        stage.dispatch_to("Kari Testperson")

        stage.reserve("Ola Prøvesen", OLA)
        stage.work()

        assert stage.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}
        assert stage.letters("copy") == []
        assert [one["address"][0] for one in stage.letters("second")] == ["Kari Testperson"]
        assert stage.types() == []

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_who_is_handed_her_copy_at_that_very_moment_hears_so(self, stage: Stage) -> None:
        """A worker's hand-over is not committed yet when the reservation looks, and is when it takes the copy back."""
        stage.send(*both())
        engine = stage.context.engine
        with ThreadPoolExecutor(1) as pool, engine.connect() as worker:
            worker.execute(deliveries.update().values(handed_over=True))
            reserving = pool.submit(stage.reserve)
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
            with engine.connect() as watching:
                until(lambda: bool(watching.exec_driver_sql(blocked).scalar_one()), "nobody waits")
            worker.commit()
            assert reserving.result(60).status_code == 201
        stage.work()
        assert [one["address"][0] for one in stage.letters("second")] == ["Kari Testperson"]


class TestRevocation:
    def test_new_notices_are_possible_again_and_she_gets_a_letter(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        made = stage.reserve().json()
        stage.work()
        assert stage.read(notice["id"])["status"] == "withdrawn"
        before = len(stage.letters("second"))
        assert refused(stage, reference="X-2")

        said = {"received_on": stage.today.isoformat(), "form": "letter"}
        revoked = stage.landlord.post(f"/v1/reservations/{made['id']}/revocation", json=said)
        stage.work()

        assert revoked.status_code == 200
        assert (revoked.json()["version"], revoked.json()["revoked_at"] is None) == (2, False)
        assert len(stage.letters("second")) == before + 1
        assert not refused(stage, reference="X-2")
        assert stage.types(stage.landlord).count("reservation.revoked") == 1

    def test_again_it_changes_nothing(self, stage: Stage) -> None:
        made = stage.reserve().json()
        said = {"received_on": stage.today.isoformat(), "form": "letter"}
        path = f"/v1/reservations/{made['id']}/revocation"
        first = stage.landlord.post(path, json=said, headers={"Idempotency-Key": "v"})
        again = stage.landlord.post(path, json=said, headers={"Idempotency-Key": "v"})
        third = stage.landlord.post(path, json=said)
        assert first.content == again.content == third.content
        assert again.headers["idempotency-replayed"] == "true"
        assert stage.types(stage.landlord) == ["reservation.made", "reservation.revoked"]


class TestEndOfLease:
    def end(self, stage: Stage, **changes: Any) -> httpx.Response:
        body = {"landlord": {"organisation_number": LANDLORD}, "lease": {"reference": "K-1044"}, "on": "2026-11-30"}
        keyed = {"Idempotency-Key": f"end-{len(str(changes))}"}
        return stage.landlord.post("/v1/leases/end", json=body | changes, headers=keyed)

    def test_it_is_kept_and_said_again_replaced(self, stage: Stage) -> None:
        first, again, other = self.end(stage), self.end(stage), self.end(stage, on="2026-12-31")

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

    def test_a_reservation_outlives_it(self, stage: Stage) -> None:
        stage.reserve()
        assert self.end(stage).status_code == 200
        assert refused(stage, reference="X-2", lease=lease("X-2"))

    def test_what_is_wrong_is_told(self, stage: Stage) -> None:
        assert self.end(stage, landlord={"organisation_number": OTHER_LANDLORD}).json()["code"] == "landlord-mismatch"
        assert self.end(stage, lease={"reference": KARI}).json()["code"] == "identity-number-in-reference"
        assert self.end(stage, on="2026-02-30").json()["errors"][0]["code"] == "invalid-date"
        assert stage.nav.post("/v1/leases/end", json={}).status_code == 403
