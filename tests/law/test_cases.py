"""LAW's numbered cases through the public doors, each test named after its case; 8 and 12 are the offices' cases."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.law.answers import answer_to, codes, dwelling, in_days, lease, remarks
from tests.law.conftest import StageWith
from tests.notices.scenario import KARI, OLA, Scenario, both, tenant
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Channel, Permanent, Unknown
from varsling.deliveries.service import DeliveryId, DeliveryKind, of_notices
from varsling.dispatch.service import Returned, return_letter
from varsling.domain.calendar import add_working_days
from varsling.notices.service import Release, held_notices, sweep, unfetched_notices

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADDRESS = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}


class TestCase1:
    def test_case_1_one_notice_and_a_copy_to_each_with_the_others_name_alone(self, scenario: Scenario) -> None:
        kari = tenant("Kari Testperson", KARI, phone="+4790000001", email="kari@mail.example")
        ola = tenant("Ola Prøvesen", OLA, phone="+4790000002", email="ola@mail.example")
        notice = scenario.send(kari, ola)
        scenario.work()

        assert [one["address"][0] for one in scenario.letters("copy")] == ["Kari Testperson", "Ola Prøvesen"]
        assert len({one["code"] for one in scenario.letters("copy")}) == 2
        assert scenario.types() == ["notice.sent"]
        assert len(scenario.fetch(notice["id"]).json()["tenants"]) == 2

    def test_case_1_joint_reservation_exclude_goes_for_the_other_and_does_not_name_her(
        self, scenario: Scenario
    ) -> None:
        scenario.reserve()
        sent = answer_to(scenario, *both())
        scenario.work()
        assert remarks(sent) == {"tenant-left-out"}
        view = scenario.fetch(sent.json()["id"])
        assert "Testperson" not in view.text
        assert [one["address"][0] for one in scenario.letters("copy")] == ["Ola Prøvesen"]

    @SQLITE
    def test_case_1_joint_reservation_block_stops_it_whole(self, stage_with: StageWith) -> None:
        scenario = stage_with(joint_reservation="block")
        scenario.reserve()
        assert codes(answer_to(scenario, *both())) == {("tenant-reserved", "/tenants/0")}


class TestCase2:
    def test_case_2_paid_before_the_first_dispatch_nothing_goes_out(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.settle(notice["id"])
        scenario.work()
        assert scenario.letters("copy") == scenario.letters("second") == scenario.events() == []

    @pytest.mark.parametrize("reason", ["paid", "payment_plan", "not_pursued"])
    def test_case_2_paid_after_it_tenants_and_nav_are_told(self, scenario: Scenario, reason: str) -> None:
        notice = scenario.send(*both())
        scenario.work()
        assert scenario.settle(notice["id"], reason).json()["status"] == "settled"
        scenario.work()
        assert len(scenario.letters("second")) == 2
        (event,) = scenario.events(type="notice.settled")
        assert (event["reason"], event["delete"]) == (reason, False)

    def test_case_2_an_office_that_has_it_on_paper_is_told_on_paper(self, service: Any) -> None:
        scenario = Scenario(service)
        notice = scenario.send()
        scenario.work()
        assert len(scenario.letters("office")) == 1
        scenario.settle(notice["id"])
        scenario.work()
        first, second = scenario.letters("office")
        assert first["office_number"] == second["office_number"] == "0315"
        assert len(scenario.letters("second")) == 1

    def test_case_2_a_grown_debt_is_an_update_and_no_new_period(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        sent_on = scenario.read(notice["id"])["dates"]["sent_on"]
        scenario.pass_time(timedelta(days=20))
        grown = scenario.body()["breach"]["claims"]
        grown[1]["outstanding_amount"] = grown[1]["original_amount"]
        updated = scenario.change(notice["id"], "update", {"claims": grown})
        scenario.work()
        assert updated.json()["version"] == 2
        assert scenario.read(notice["id"])["dates"]["sent_on"] == sent_on
        assert scenario.types() == ["notice.sent", "notice.updated"]

    @SQLITE
    def test_case_2_one_open_notice_for_landlord_and_lease(self, scenario: Scenario) -> None:
        first = scenario.send()
        another = answer_to(scenario, reference="L-2")
        assert (another.status_code, another.json()["code"]) == (409, "open-notice-exists")
        assert another.json()["existing"]["id"] == first["id"]
        scenario.settle(first["id"])
        assert answer_to(scenario, reference="L-2").status_code == 201


class TestCase3:
    def test_case_3_withdrawn_is_told_with_its_reason(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.withdraw(notice["id"], "wrong_amount")
        scenario.work()
        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("wrong_amount", False)
        assert len(scenario.letters("second")) == 1

    def test_case_3_the_wrong_person_is_closed_at_once(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.fetch(notice["id"])
        with capture_logs() as logs:
            scenario.withdraw(notice["id"], "wrong_person")
        assert "notice_about_wrong_person" in {line["event"] for line in logs}  # the operator's alarm
        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("wrong_person", True)
        assert scenario.fetch(notice["id"]).json()["code"] == "erased"
        scenario.work()
        assert len(scenario.letters("second")) == 1


@SQLITE
def test_case_4_a_petition_already_lodged_is_late_information(scenario: Scenario) -> None:
    sent = answer_to(scenario, petition_filed_on=in_days(scenario, -3))
    assert remarks(sent) == {"petition-already-filed"}
    later = answer_to(scenario, reference="L-2", lease=lease("L-2"), petition_filed_on=in_days(scenario, 1))
    assert codes(later) == {("date-in-future", "/petition_filed_on")}


@SQLITE
def test_case_5_deposited_rent_counts_as_paid(scenario: Scenario) -> None:
    body = scenario.body()
    breach = body["breach"] | {"deposited_amount": "21500.00"}
    assert codes(answer_to(scenario, breach=breach)) == {("rent-deposited", "/breach/deposited_amount")}
    left = answer_to(scenario, breach=breach | {"deposited_amount": "21499.99"})
    assert left.json()["outstanding_total"] == "0.01"


class TestCase6:
    def run(self, scenario: Scenario, *chain: Channel) -> None:
        work(dispatcher(scenario.context, *chain))

    def returned(self, scenario: Scenario, notice: str, *chain: Channel) -> Returned:
        """An operator records that the newest copy came back."""
        with reading(scenario.context.engine) as connection:
            copies = [one for one in of_notices(connection, [UUID(notice)]) if one.kind is DeliveryKind.COPY]
        return return_letter(scenario.context, dict.fromkeys(DeliveryKind, chain), DeliveryId(copies[-1].id))

    def test_case_6_a_copy_that_bounces_before_publication_takes_the_next_channel(self, scenario: Scenario) -> None:
        notice = scenario.send()
        mail = ListChannel("mail", lambda _: Permanent("bounced"), postal=False)
        post = ListChannel("post")
        self.run(scenario, mail, post)
        assert len(post.got) == 1
        assert scenario.read(notice["id"])["status"] == "sent"

    def test_case_6_with_none_left_it_is_blocked_and_the_landlord_told(self, scenario: Scenario) -> None:
        notice = scenario.send()
        self.run(scenario, ListChannel("mail", lambda _: Permanent("bounced")))
        assert scenario.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}
        assert scenario.types(scenario.landlord) == ["copy.undeliverable", "notice.blocked"]
        assert scenario.types() == []

    @pytest.mark.parametrize("address", [ADDRESS, None], ids=["to her postal address", "to the dwelling"])
    def test_case_6_one_that_bounces_after_publication_goes_by_post_and_the_notice_stands(
        self, scenario: Scenario, address: dict[str, Any] | None
    ) -> None:
        mail, post = ListChannel("mail", postal=False), ListChannel("post")
        notice = scenario.send(tenant("Kari Testperson", KARI, postal_address=address))
        self.run(scenario, mail, post)
        assert scenario.types() == ["notice.sent"]

        assert self.returned(scenario, notice["id"], mail, post) is Returned.AGAIN
        assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "queued"
        self.run(scenario, mail, post)

        (parcel,) = post.got
        assert parcel.address[-1] == ("5003 Bergen" if address else "0557 Oslo")
        assert parcel.code == mail.got[0].code
        assert scenario.read(notice["id"])["status"] == "sent"
        assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"
        assert scenario.types() == ["notice.sent"]

    def test_case_6_one_that_comes_back_by_post_is_told_to_the_landlord_who_gives_an_address(
        self, scenario: Scenario
    ) -> None:
        post = ListChannel("post")
        notice = scenario.send()
        self.run(scenario, post)
        assert self.returned(scenario, notice["id"], post) is Returned.NO_WAY
        assert self.returned(scenario, notice["id"], post) is Returned.NOTHING  # a letter cannot come back twice
        read = scenario.read(notice["id"])
        assert (read["status"], read["tenants"][0]["copy"]["status"]) == ("sent", "undeliverable")
        assert scenario.types(scenario.landlord)[-1] == "copy.undeliverable"

        scenario.change(notice["id"], "contact", {"tenant": read["tenants"][0]["id"], "postal_address": ADDRESS})
        self.run(scenario, post)
        assert post.got[-1].address[-1] == "5003 Bergen"
        assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"

    def test_case_6_one_of_two_that_comes_back_before_publication_blocks_it(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.dispatch_to("Kari Testperson")
        with reading(scenario.context.engine) as connection:
            (out,) = [one for one in of_notices(connection, [UUID(notice["id"])]) if one.dispatched_at]
        post: tuple[Channel, ...] = (ListChannel("list"),)
        chains = dict.fromkeys(DeliveryKind, post)
        assert return_letter(scenario.context, chains, DeliveryId(out.id)) is Returned.NO_WAY
        scenario.work()
        assert scenario.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}
        assert scenario.types() == []


class TestCase7:
    def test_case_7_what_an_integration_leaves_unfetched_goes_to_the_office_as_a_letter(
        self, scenario: Scenario
    ) -> None:
        notice = scenario.send()
        scenario.work()
        sent_on = scenario.read(notice["id"])["dates"]["sent_on"]
        self.to_the_second_working_day(scenario, -1)
        scenario.work()
        assert scenario.letters("office") == []
        assert [str(one.id) for one in unfetched_notices(scenario.context, scenario.now)] == [notice["id"]]

        scenario.pass_time(timedelta(days=1))
        with capture_logs() as logs:
            sweep(scenario.context)
        sweep(scenario.context)
        scenario.work()

        assert len(scenario.letters("office")) == 1
        assert "notice_not_fetched" in {line["event"] for line in logs}  # the operator's alarm
        read = scenario.read(notice["id"])
        assert (read["dates"]["sent_on"], read["office"]["reached_by"]) == (sent_on, "feed")
        assert scenario.types() == ["notice.sent"]
        escalated_on = scenario.today
        scenario.pass_time(timedelta(days=7))
        scenario.work()
        received = scenario.read(notice["id"])["dates"]
        assert received["received_on"] == (escalated_on + timedelta(days=7)).isoformat()
        assert received["sent_on"] == sent_on

    def test_case_7_what_was_fetched_is_not_escalated(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        scenario.fetch(notice["id"])
        scenario.work()
        assert scenario.letters("office") == []

    def test_case_7_a_reservation_takes_back_an_escalation_that_has_not_left(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        scenario.reserve()
        scenario.work()
        assert scenario.letters("office") == []
        assert scenario.read(notice["id"])["status"] == "withdrawn"

    def test_case_7_nor_does_one_leave_where_the_policy_lets_the_notice_stand(self, stage_with: StageWith) -> None:
        scenario = stage_with(reservation_before_fetch="stand")
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        sweep(scenario.context)  # the letter is queued
        scenario.reserve()
        scenario.work()
        assert scenario.letters("office") == []
        assert scenario.read(notice["id"])["status"] == "sent"

    def test_case_7_nor_after_a_person_has_said_that_it_is_there(self, scenario: Scenario) -> None:
        """Acknowledged without a fetch: by the letter of a colleague, or from a list."""
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        sweep(scenario.context)
        path = f"/v1/feed/notices/{notice['id']}/acknowledgement"
        assert scenario.nav.post(path, json={"opened_by_person": True}).status_code == 200
        scenario.work()
        assert scenario.letters("office") == []

    def test_case_7_nor_after_a_fetch(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        sweep(scenario.context)
        scenario.fetch(notice["id"])
        scenario.work()
        scenario.work()
        assert scenario.letters("office") == []

    def test_case_7_a_letter_that_may_have_arrived_is_with_the_office(self, scenario: Scenario) -> None:
        """The channel's answer was lost: a later reservation comes as late as after a fetch."""
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        sweep(scenario.context)
        scenario.dispatch_to(otherwise=Unknown())
        scenario.reserve()
        assert scenario.read(notice["id"])["status"] == "sent"
        assert scenario.fetch(notice["id"]).status_code == 200

    def test_case_7_an_update_takes_no_escalation_back(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        sweep(scenario.context)
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        scenario.work()
        assert len(scenario.letters("office")) == 1

    def test_case_7_an_update_that_waits_holds_no_escalation_back(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        self.to_the_second_working_day(scenario, 0)
        scenario.work()
        assert len(scenario.letters("office")) == 1
        assert len(scenario.letters("copy")) == 1
        assert scenario.read(notice["id"])["version"] == 2

    @SQLITE
    def test_case_7_escalation_is_a_setting(self, stage_with: StageWith) -> None:
        scenario = stage_with(escalation=6)
        scenario.send()
        scenario.work()
        self.to_the_second_working_day(scenario, 0)
        scenario.work()
        assert scenario.letters("office") == []

    def to_the_second_working_day(self, scenario: Scenario, more: int) -> None:
        """Count from a day in a week without a holiday: the tests' clock starts today, on any day of the year."""
        second = add_working_days(scenario.today, 2)
        scenario.pass_time(second - scenario.today + timedelta(days=more))


class TestCase9:
    def test_case_9_the_same_notice_twice_is_one(self, scenario: Scenario) -> None:
        body = scenario.body()
        first, again = (scenario.landlord.post("/v1/notices", json=body) for _ in range(2))
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        batch = {"items": [{"notice": body}]}
        assert scenario.landlord.post("/v1/notices/batch", json=batch).json()["results"][0]["notice"] == first.json()
        assert len(scenario.landlord.get("/v1/notices").json()["items"]) == 1

    @SQLITE
    def test_case_9_at_most_three_new_ones_in_180_days(self, scenario: Scenario) -> None:
        for number in range(3):
            assert answer_to(scenario, reference=f"L-{number}", lease=lease(f"L-{number}")).status_code == 201
        fourth = answer_to(scenario, reference="L-4", lease=lease("L-4"))
        assert (fourth.status_code, codes(fourth)) == (409, {("notice-limit-reached", "/tenants/0")})
        scenario.pass_time(timedelta(days=181))
        assert answer_to(scenario, reference="L-4", lease=lease("L-4")).status_code == 201

    @SQLITE
    def test_case_9_notice_limit_is_a_setting(self, stage_with: StageWith) -> None:
        scenario = stage_with(notice_limit=1, notice_limit_days=10)
        assert answer_to(scenario).status_code == 201
        assert answer_to(scenario, reference="L-2", lease=lease("L-2")).json()["code"] == "notice-limit-reached"
        scenario.pass_time(timedelta(days=11))
        assert answer_to(scenario, reference="L-2", lease=lease("L-2")).status_code == 201


class TestCase10:
    @SQLITE
    def test_case_10_a_name_a_birth_date_and_an_address_suffice(self, scenario: Scenario) -> None:
        assert answer_to(scenario, tenant("Kari Testperson", birth_date="1990-01-01")).status_code == 201

    def test_case_10_under_18_waits_for_a_person(self, scenario: Scenario) -> None:
        young = scenario.today.replace(year=scenario.today.year - 17, day=1).isoformat()
        notice = scenario.send(tenant("Ung Prøvesen", birth_date=young))
        scenario.work()
        assert scenario.letters("copy") == []
        (waiting,) = held_notices(scenario.context)
        scenario.context.writer.submit_and_wait(Release(scenario.context, waiting.id))
        scenario.work()
        assert [one["notice"] for one in scenario.events()] == [notice["id"]]

    @SQLITE
    def test_case_10_a_real_number_is_refused_outside_production(self, scenario: Scenario) -> None:
        """In production it is the other way round: tests/web/test_every_code.py."""
        refused = answer_to(scenario, tenant("Kari Testperson", "02013299997"))
        assert codes(refused) == {("real-id-in-test", "/tenants/0/national_id")}

    @SQLITE
    def test_case_10_held_working_days_is_a_setting(self, stage_with: StageWith) -> None:
        scenario = stage_with(held_working_days=1)
        young = scenario.today.replace(year=scenario.today.year - 17, day=1).isoformat()
        notice = scenario.send(tenant("Ung Prøvesen", birth_date=young))
        last = add_working_days(scenario.today, 1)
        scenario.pass_time(last - scenario.today)
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "accepted"
        scenario.pass_time(timedelta(days=1))
        scenario.work()
        assert scenario.read(notice["id"])["blocked"] == {"reason": "not-decided-in-time"}

    @pytest.mark.parametrize("number", ["01819010001", "41819000032"], ids=["a fødselsnummer", "a D-number"])
    @SQLITE
    def test_case_10_synthetic_numbers_are_valid_outside_production(self, scenario: Scenario, number: str) -> None:
        sent = answer_to(scenario, tenant("Kari Testperson", number))
        assert sent.status_code == 201, sent.text


class TestCase11:
    """Renumbered municipalities: an old number is mapped where it has one successor."""

    @pytest.mark.parametrize(
        ("place", "now"),
        [
            (dwelling("4645", municipality_number="1018"), "4204"),  # Søgne, to Kristiansand in 2020
            (dwelling("1430", municipality_number="3021"), "3218"),  # Ås, renumbered in 2024
        ],
        ids=["Songdalen and Søgne", "2024"],
    )
    @SQLITE
    def test_case_11_an_old_number_with_one_successor_is_mapped(
        self, scenario: Scenario, place: dict[str, Any], now: str
    ) -> None:
        sent = answer_to(scenario, dwelling=place)
        assert "municipality-renumbered" in remarks(sent)
        assert sent.json()["dwelling"]["municipality_number"] == now

    @SQLITE
    def test_case_11_a_split_ones_address_decides_else_the_successors_are_named(self, scenario: Scenario) -> None:
        # Ålesund (1507) was split into Ålesund (1508) and Haram (1580) in 2024.
        decided = answer_to(scenario, dwelling=dwelling("6270", municipality_number="1507"))
        assert decided.json()["dwelling"]["municipality_number"] == "1580"
        conflict = answer_to(scenario, dwelling=dwelling("0557", municipality_number="1507", district_number=None))
        assert "address-conflict" in {code for code, _ in codes(conflict)}
