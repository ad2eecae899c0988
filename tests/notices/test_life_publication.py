"""From the last copy to the office: publication, reception and the dates (LAW; DESIGN § 2, guarantee 3)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dispatch.channels import ListChannel, dispatcher
from tests.law.answers import lease
from tests.notices.scenario import GRUNERLOKKA, OLA, Scenario, both, tenant
from tests.service import NAV, Service
from tests.tenant_page.conftest import Reader
from varsling.deliveries.channels.channel import AwaitsConfirmation, Dispatched, Outcome, Permanent, SlowDown
from varsling.deliveries.service import Breaker, Chains, Channel, DeliveryKind
from varsling.dispatch.service import Dispatcher, Returned, return_letter
from varsling.domain.dates import notice_dates
from varsling.feed.service import GrantKind


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def test_the_last_copy_publishes(scenario: Scenario) -> None:
    scenario.grant()
    notice = scenario.send(*both())
    assert scenario.types() == []
    assert scenario.fetch(notice["id"]).status_code == 404

    scenario.work()

    assert scenario.types() == ["notice.sent"]
    (event,) = scenario.events()
    assert (event["notice"], event["version"], event["office"]) == (notice["id"], 1, GRUNERLOKKA)
    told = scenario.events(scenario.landlord)
    assert [one["type"] for one in told] == ["copy.dispatched", "copy.dispatched", "notice.sent"]
    assert {one["tenant"] for one in told[:2]} == {one["id"] for one in notice["tenants"]}
    read = scenario.read(notice["id"])
    assert read["status"] == "sent"
    assert read["office"]["reached_by"] == "feed"
    assert read["dates"]["basis"] == "provisional"
    assert read["dates"]["sent_on"] == scenario.today.isoformat()
    assert {one["copy"]["status"] for one in read["tenants"]} == {"dispatched"}


def test_the_first_fetch_is_the_reception(scenario: Scenario) -> None:
    scenario.grant()
    notice = scenario.send()
    scenario.work()
    scenario.pass_time(timedelta(days=2))

    assert scenario.nav.head(f"/v1/feed/notices/{notice['id']}").status_code == 200
    assert scenario.read(notice["id"])["status"] == "sent"
    view = scenario.fetch(notice["id"])

    assert view.status_code == 200
    assert view.headers["etag"] == '"1"'
    read = scenario.read(notice["id"])
    assert (read["status"], read["dates"]["basis"]) == ("received", "confirmed")
    assert read["dates"]["received_on"] == scenario.today.isoformat()
    expected = notice_dates(
        assumed_sent_on=scenario.today, sent_on=scenario.today - timedelta(days=2), received_on=scenario.today
    )
    assert read["dates"]["notice"]["recommended"] == expected.notice.recommended.isoformat()
    assert "notice.received" in scenario.types(scenario.landlord)
    assert scenario.types() == ["notice.sent"]

    scenario.pass_time(timedelta(days=3))
    assert scenario.fetch(notice["id"]).status_code == 200
    assert scenario.read(notice["id"])["dates"] == read["dates"]
    assert scenario.types(scenario.landlord).count("notice.received") == 1


def test_dates_that_move_are_told_and_a_planned_date_is_overtaken(scenario: Scenario) -> None:
    scenario.grant()
    planned = scenario.today + timedelta(days=21)
    notice = scenario.send(planned_petition_date=planned.isoformat())
    scenario.pass_time(timedelta(days=14))

    scenario.work()

    read = scenario.read(notice["id"])
    assert read["dates"]["assumed_sent_on"] == (scenario.today - timedelta(days=14)).isoformat()
    assert read["dates"]["sent_on"] == scenario.today.isoformat()
    assert "planned-date-overtaken" in {one["code"] for one in read["remarks"]}
    assert read["status"] == "sent"
    assert "notice.dates_changed" in scenario.types(scenario.landlord)


def test_an_office_without_an_integration_gets_a_letter(scenario: Scenario) -> None:
    notice = scenario.send()

    scenario.work()

    assert len(scenario.letters("copy")) == 1
    (letter,) = scenario.letters("office")
    assert letter["code"]
    read = scenario.read(notice["id"])
    assert (read["status"], read["office"]["reached_by"]) == ("sent", "letter")
    assert scenario.types(scenario.landlord)[-1] == "notice.sent"

    scenario.pass_time(timedelta(days=6))
    scenario.work()
    assert scenario.read(notice["id"])["status"] == "sent"
    sent_on = scenario.today - timedelta(days=6)
    scenario.pass_time(timedelta(days=1))
    scenario.work()
    read = scenario.read(notice["id"])
    assert read["status"] == "received"
    assert read["dates"]["received_on"] == (sent_on + timedelta(days=7)).isoformat()


def test_an_observer_reads_without_effect(scenario: Scenario) -> None:
    scenario.grant()
    scenario.grant(kind=GrantKind.OBSERVE, organisation="313367002")
    observer = scenario.service.nav("313367002")
    notice = scenario.send()
    scenario.work()

    assert observer.get(f"/v1/feed/notices/{notice['id']}").status_code == 200

    assert scenario.read(notice["id"])["status"] == "sent"
    refused = observer.post(f"/v1/feed/notices/{notice['id']}/acknowledgement", json={"opened_by_person": True})
    assert refused.status_code == 404


def test_an_acknowledgement_is_a_reception_too(scenario: Scenario) -> None:
    scenario.grant()
    notice = scenario.send()
    scenario.work()
    path = f"/v1/feed/notices/{notice['id']}/acknowledgement"
    said = {"opened_by_person": True, "case_reference": "SAK-1"}

    first = scenario.nav.post(path, json=said, headers={"Idempotency-Key": "a"})
    again = scenario.nav.post(path, json=said, headers={"Idempotency-Key": "a"})

    assert first.status_code == 200
    assert first.json()["status"] == "received"
    assert first.json()["opened_at"] is not None
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == first.content
    assert scenario.read(notice["id"])["status"] == "received"
    future = scenario.nav.post(path, json={"opened_by_person": True, "at": "2199-01-01T00:00:00Z"})
    assert future.json()["code"] == "date-in-future"


def test_the_offices_view(scenario: Scenario) -> None:
    scenario.grant()
    notice = scenario.send(*both(), children_in_dwelling=True)
    scenario.work()

    view = scenario.fetch(notice["id"]).json()

    assert list(view) == [
        "id", "version", "status", "office", "tenants", "children_in_dwelling", "earlier_notices", "prior_contact",
        "dwelling", "breach", "payment", "ground", "dates", "planned_petition_date", "petition_filed_on",
        "petition_withdrawn_on", "petition_held_until", "landlord", "agent", "reference", "history",
    ]  # fmt: skip
    assert list(view["tenants"][0]) == [
        "id", "name", "national_id", "birth_date", "phone", "email", "copy", "wants_call", "disputes",
        "wishes", "consents", "said_elsewhere",
    ]  # fmt: skip
    assert [one["name"] for one in view["tenants"]] == ["Kari Testperson", "Ola Prøvesen"]
    assert view["tenants"][0]["national_id"] == "01819010001"
    assert all(one["copy"]["dispatched_at"] for one in view["tenants"])
    assert view["breach"]["outstanding_total"] == "21500.00"
    assert view["breach"]["overdue_claims"] == 2
    assert view["breach"]["balance_as_of"] == scenario.today.isoformat()
    assert view["prior_contact"] == {"reminder_sent_on": "2026-10-20", "outcome": "tried", "tenant_wants_help": None}
    assert view["earlier_notices"] == 0
    assert view["children_in_dwelling"] is True
    assert set(view["landlord"]) == {"organisation_number", "name", "contact"}
    assert view["office"] == {"number": GRUNERLOKKA, "name": "Nav Grünerløkka"}
    assert view["status"] == "received"


def test_another_office_and_a_landlord_find_nothing(scenario: Scenario) -> None:
    scenario.grant()
    scenario.grant("1108", organisation="313367002")
    other = scenario.service.nav("313367002")
    notice = scenario.send()
    scenario.work()

    assert other.get(f"/v1/feed/notices/{notice['id']}").status_code == 404
    assert other.head(f"/v1/feed/notices/{notice['id']}").status_code == 404
    assert scenario.landlord.get(f"/v1/feed/notices/{notice['id']}").status_code in (403, 404)


def test_what_a_caseworker_should_see_first_is_urgent(scenario: Scenario) -> None:
    scenario.grant()
    plain = scenario.send(tenant("Ida Rolig", birth_date="1980-02-03"), reference="P", lease=lease("P"))
    children = scenario.send(children_in_dwelling=True)
    scenario.work()
    urgent = {one["notice"]: one["urgent"] for one in scenario.events()}
    assert urgent == {plain["id"]: False, children["id"]: True}
    (letter,) = (one for one in scenario.letters("copy") if one["address"][0] == "Ida Rolig")
    page = scenario.service.anonymous()
    page.post(f"/t/{letter['code']}", data={"born": "03.02.1980"})
    page.post("/t/notice/call", data={"phone": "90000000"})
    assert [one["urgent"] for one in scenario.events(type="tenant.wants_call")] == [True]
    scenario.grant(None, organisation="313367002")
    assert [one["urgent"] for one in scenario.events(scenario.service.nav("313367002"))] == [True, True]
    scenario.settle(plain["id"])
    assert scenario.events()[-1]["urgent"] is False


def test_an_office_sees_how_many_notices_came_before(scenario: Scenario) -> None:
    scenario.grant()
    for number in range(2):
        earlier = scenario.send(*both(), reference=f"E-{number}", lease=lease("E"))
        scenario.work()
        scenario.settle(earlier["id"])
    mistaken = scenario.send(reference="M", lease=lease("M"))
    scenario.work()
    scenario.withdraw(mistaken["id"], "wrong_person")
    notice = scenario.send(tenant("Ola Prøvesen", OLA), reference="N", lease=lease("N"))
    scenario.work()
    assert scenario.fetch(notice["id"]).json()["earlier_notices"] == 2


def test_a_new_reader_is_told_of_what_is_open(scenario: Scenario) -> None:
    scenario.grant()
    notice = scenario.send()
    scenario.work()
    scenario.grant(None, organisation="313367002")

    (event,) = scenario.events(scenario.service.nav("313367002"))

    assert (event["type"], event["notice"], event["backfill"]) == ("notice.sent", notice["id"], True)
    assert NAV != "313367002"


class TestALetterToTheOfficeThatIsUnderWay:
    """A channel has it, and has not said yet that it arrived: nobody can call it back."""

    def begun(self, scenario: Scenario, *outcomes: Outcome) -> tuple[dict[str, Any], ListChannel]:
        """A notice whose letter is with a channel, which will find for it these outcomes."""
        known = [AwaitsConfirmation(), *outcomes]
        channel = ListChannel(
            answer=lambda parcel: AwaitsConfirmation() if parcel.kind == "office" else Dispatched(),
            known=lambda: known.pop(0) if len(known) > 1 else known[0],
        )
        grimstad = {"street": "Storgata", "house_number": "1", "postal_code": "4879", "city": "Grimstad"}
        notice = scenario.send(dwelling=grimstad)
        self.work(scenario, channel)
        assert [one.kind for one in channel.got] == ["copy", "office"]
        return notice, channel

    def work(self, scenario: Scenario, channel: ListChannel) -> None:
        while dispatcher(scenario.context, channel).step():
            pass

    def later(self, scenario: Scenario, channel: ListChannel) -> None:
        for _ in range(3):
            scenario.pass_time(timedelta(hours=1))
            self.work(scenario, channel)

    def update(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        assert scenario.change(notice["id"], "update", {"deposited_amount": "100.00"}).status_code == 200

    def reserve(self, scenario: Scenario, channel: ListChannel) -> None:
        Reader(scenario.service).send(f"/t/{channel.got[0].code}/reserve", sure="yes")

    def test_it_publishes_the_version_that_it_brought(self, scenario: Scenario) -> None:
        notice, channel = self.begun(scenario, Dispatched())
        self.update(scenario, notice)
        self.later(scenario, channel)
        read = scenario.read(notice["id"])
        assert (read["status"], read["office"]["reached_by"]) == ("sent", "letter")
        sent = [(one["type"], one["version"]) for one in scenario.events(scenario.landlord)]
        assert [one for one in sent if one[0] != "copy.dispatched"] == [("notice.sent", 1), ("notice.updated", 2)]
        assert [one.kind for one in channel.got] == ["copy", "office", "copy", "office"]

    def test_a_reservation_comes_too_late_for_it_and_in_time_for_the_next(self, scenario: Scenario) -> None:
        notice, channel = self.begun(scenario, Dispatched())
        self.update(scenario, notice)
        self.reserve(scenario, channel)
        assert scenario.read(notice["id"])["status"] == "accepted"
        self.later(scenario, channel)
        assert scenario.read(notice["id"])["status"] == "sent"
        told = [(one["type"], one["version"]) for one in scenario.events(scenario.landlord)]
        assert ("notice.sent", 1) in told
        assert [one.kind for one in channel.got] == ["copy", "office", "landlord"]  # the landlord hears of it by letter

    def test_where_it_never_arrives_the_reservation_stops_the_notice(self, scenario: Scenario) -> None:
        notice, channel = self.begun(scenario, Permanent("refused"))
        self.update(scenario, notice)
        self.reserve(scenario, channel)
        self.later(scenario, channel)
        assert scenario.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}

    def test_an_undeliverable_copy_of_the_next_version_does_not_stop_it(self, scenario: Scenario) -> None:
        notice, channel = self.begun(scenario, Dispatched())
        self.update(scenario, notice)
        channel.answer = lambda parcel: Permanent("gone")
        self.work(scenario, channel)
        assert scenario.read(notice["id"])["status"] == "accepted"
        self.later(scenario, channel)
        assert scenario.read(notice["id"])["status"] == "sent"

    def test_nor_where_it_never_arrives_is_the_notice_forgotten(self, scenario: Scenario) -> None:
        notice, channel = self.begun(scenario, Permanent("refused"))
        self.update(scenario, notice)
        channel.answer = lambda parcel: Permanent("gone")
        self.later(scenario, channel)
        assert scenario.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}

    def test_nor_do_letters_go_without_end_while_it_is_under_way(self, scenario: Scenario) -> None:
        """Of a petition everybody hears at once, and of each sum after it nobody does."""
        notice, channel = self.begun(scenario)
        filed = {"petition_filed_on": scenario.today.isoformat()}
        assert scenario.change(notice["id"], "update", filed).status_code == 200
        self.work(scenario, channel)
        for amount in range(100, 1000, 100):
            body = {"deposited_amount": f"{amount}.00"}
            assert scenario.change(notice["id"], "update", body).status_code == 200
            self.work(scenario, channel)
        assert [one.kind for one in channel.got].count(DeliveryKind.COPY) <= 4
        assert [one.kind for one in channel.got].count(DeliveryKind.OFFICE) <= 4

    def test_a_contact_that_changes_holds_no_petition_back(self, scenario: Scenario) -> None:
        """Its copy was with a channel already: the one that replaces it goes at once."""
        notice, channel = self.begun(scenario)
        for amount in (100, 200):
            scenario.change(notice["id"], "update", {"deposited_amount": f"{amount}.00"})
            self.work(scenario, channel)
        channel.answer = lambda parcel: AwaitsConfirmation()
        scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()})
        self.work(scenario, channel)
        body = {"tenant": notice["tenants"][0]["id"], "phone": "+4790000001"}
        assert scenario.change(notice["id"], "contact", body).status_code == 200
        before = len(channel.got)
        self.work(scenario, channel)
        assert [one.kind for one in channel.got[before:]] == ["copy"]

    def test_one_that_waits_does_not_go_once_her_copy_has_come_back(self, scenario: Scenario) -> None:
        """Nobody at Nav may have what she has not (guarantee 3)."""
        post = ListChannel("post", known=lambda: None)
        mail = ListChannel("mail", postal=False)
        desk = ListChannel("desk", lambda _: SlowDown())
        letters: list[Channel] = [mail, post]
        chains: Chains = dict.fromkeys(DeliveryKind, letters) | {DeliveryKind.OFFICE: [desk]}
        breakers = {one.name: Breaker() for one in (mail, post, desk)}
        grimstad = {"street": "Storgata", "house_number": "1", "postal_code": "4879", "city": "Grimstad"}
        notice = scenario.send(dwelling=grimstad)
        worker = Dispatcher(scenario.context, chains, breakers)
        while worker.step():
            pass
        assert [one.kind for one in mail.got] == ["copy"]
        post.answer = lambda _: AwaitsConfirmation()
        returned = return_letter(scenario.context, chains, mail.got[0].delivery_id, "mail")
        assert returned is Returned.AGAIN
        desk.answer = lambda _: Dispatched()
        scenario.pass_time(timedelta(hours=2))
        worker = Dispatcher(scenario.context, chains, {one.name: Breaker() for one in (mail, post, desk)})
        while worker.step():
            pass
        assert scenario.read(notice["id"])["status"] == "accepted"
        post.known = Dispatched
        for _ in range(2):
            scenario.pass_time(timedelta(hours=2))
            while worker.step():
                pass
        assert scenario.read(notice["id"])["status"] == "sent"
