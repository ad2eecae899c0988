"""LAW's numbered cases through the public doors. A test is named after its case; 8 and 12 are the offices'."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.law.conftest import StageWith
from tests.law.said import answer_to, codes, dwelling, in_days, lease, remarks
from tests.notices.scenario import KARI, OLA, Stage, both, tenant
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Channel, Permanent, Unknown
from varsling.deliveries.service import DeliveryId, DeliveryKind, of_notices
from varsling.dispatch.service import ReturnLetter
from varsling.domain.calendar import add_working_days
from varsling.notices.service import Release, held_notices, sweep, unfetched_notices

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADDRESS = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}


class TestCase1:
    def test_case_1_one_notice_and_a_copy_to_each_with_the_others_name_alone(self, stage: Stage) -> None:
        kari = tenant("Kari Testperson", KARI, phone="+4790000001", email="kari@mail.example")
        ola = tenant("Ola Prøvesen", OLA, phone="+4790000002", email="ola@mail.example")
        notice = stage.send(kari, ola)
        stage.work()

        assert [one["address"][0] for one in stage.letters("copy")] == ["Kari Testperson", "Ola Prøvesen"]
        assert len({one["code"] for one in stage.letters("copy")}) == 2
        assert stage.types() == ["notice.sent"]
        assert len(stage.fetch(notice["id"]).json()["tenants"]) == 2

    def test_case_1_joint_reservation_exclude_goes_for_the_other_and_does_not_name_her(self, stage: Stage) -> None:
        stage.reserve()
        sent = answer_to(stage, *both())
        stage.work()
        assert remarks(sent) == {"tenant-left-out"}
        view = stage.fetch(sent.json()["id"])
        assert "Testperson" not in view.text
        assert [one["address"][0] for one in stage.letters("copy")] == ["Ola Prøvesen"]

    @SQLITE
    def test_case_1_joint_reservation_block_stops_it_whole(self, stage_with: StageWith) -> None:
        stage = stage_with(joint_reservation="block")
        stage.reserve()
        assert codes(answer_to(stage, *both())) == {("tenant-reserved", "/tenants/0")}


class TestCase2:
    def test_case_2_paid_before_the_first_dispatch_nothing_goes_out(self, stage: Stage) -> None:
        notice = stage.send()
        stage.settle(notice["id"])
        stage.work()
        assert stage.letters("copy") == stage.letters("second") == stage.events() == []

    @pytest.mark.parametrize("reason", ["paid", "payment_plan", "not_pursued"])
    def test_case_2_paid_after_it_tenants_and_nav_are_told(self, stage: Stage, reason: str) -> None:
        notice = stage.send(*both())
        stage.work()
        assert stage.settle(notice["id"], reason).json()["status"] == "settled"
        stage.work()
        assert len(stage.letters("second")) == 2
        (event,) = stage.events(type="notice.settled")
        assert (event["reason"], event["delete"]) == (reason, False)

    def test_case_2_an_office_that_has_it_on_paper_is_told_on_paper(self, service: Any) -> None:
        stage = Stage(service)
        notice = stage.send()
        stage.work()
        assert len(stage.letters("office")) == 1
        stage.settle(notice["id"])
        stage.work()
        first, second = stage.letters("office")
        assert first["office_number"] == second["office_number"] == "0315"
        assert len(stage.letters("second")) == 1

    def test_case_2_a_grown_debt_is_an_update_and_no_new_period(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        sent_on = stage.read(notice["id"])["dates"]["sent_on"]
        stage.pass_time(timedelta(days=20))
        grown = stage.body()["breach"]["claims"]
        grown[1]["outstanding_amount"] = grown[1]["original_amount"]
        updated = stage.change(notice["id"], "update", {"claims": grown})
        stage.work()
        assert updated.json()["version"] == 2
        assert stage.read(notice["id"])["dates"]["sent_on"] == sent_on
        assert stage.types() == ["notice.sent", "notice.updated"]

    @SQLITE
    def test_case_2_one_open_notice_for_landlord_and_lease(self, stage: Stage) -> None:
        first = stage.send()
        another = answer_to(stage, reference="L-2")
        assert (another.status_code, another.json()["code"]) == (409, "open-notice-exists")
        assert another.json()["existing"]["id"] == first["id"]
        stage.settle(first["id"])
        assert answer_to(stage, reference="L-2").status_code == 201


class TestCase3:
    def test_case_3_withdrawn_is_told_with_its_reason(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        stage.withdraw(notice["id"], "wrong_amount")
        stage.work()
        (event,) = stage.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("wrong_amount", False)
        assert len(stage.letters("second")) == 1

    def test_case_3_the_wrong_person_is_closed_at_once(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        stage.fetch(notice["id"])
        with capture_logs() as logs:
            stage.withdraw(notice["id"], "wrong_person")
        assert "notice_about_wrong_person" in {line["event"] for line in logs}  # the operator's alarm
        (event,) = stage.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("wrong_person", True)
        assert stage.fetch(notice["id"]).json()["code"] == "erased"
        stage.work()
        assert len(stage.letters("second")) == 1


@SQLITE
def test_case_4_a_petition_already_lodged_is_late_information(stage: Stage) -> None:
    sent = answer_to(stage, petition_filed_on=in_days(stage, -3))
    assert remarks(sent) == {"petition-already-filed"}
    later = answer_to(stage, reference="L-2", lease=lease("L-2"), petition_filed_on=in_days(stage, 1))
    assert codes(later) == {("date-in-future", "/petition_filed_on")}


@SQLITE
def test_case_5_deposited_rent_counts_as_paid(stage: Stage) -> None:
    body = stage.body()
    breach = body["breach"] | {"deposited_amount": "21500.00"}
    assert codes(answer_to(stage, breach=breach)) == {("rent-deposited", "/breach/deposited_amount")}
    left = answer_to(stage, breach=breach | {"deposited_amount": "21499.99"})
    assert left.json()["outstanding_total"] == "0.01"


class TestCase6:
    def run(self, stage: Stage, *chain: Channel) -> None:
        work(dispatcher(stage.context, *chain))

    def returned(self, stage: Stage, notice: str, *chain: Channel) -> bool | None:
        """An operator says that the newest letter to a tenant came back."""
        with reading(stage.context.engine) as connection:
            delivery = of_notices(connection, [UUID(notice)])[-1]
        change = ReturnLetter(stage.context, dict.fromkeys(DeliveryKind, chain), DeliveryId(delivery.id))
        return stage.context.writer.submit_and_wait(change)

    def test_case_6_a_copy_that_bounces_before_publication_takes_the_next_channel(self, stage: Stage) -> None:
        notice = stage.send()
        mail = ListChannel("mail", lambda _: Permanent("bounced"), postal=False)
        post = ListChannel("post")
        self.run(stage, mail, post)
        assert len(post.got) == 1
        assert stage.read(notice["id"])["status"] == "sent"

    def test_case_6_with_none_left_it_is_blocked_and_the_landlord_told(self, stage: Stage) -> None:
        notice = stage.send()
        self.run(stage, ListChannel("mail", lambda _: Permanent("bounced")))
        assert stage.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}
        assert stage.types(stage.landlord) == ["copy.undeliverable", "notice.blocked"]
        assert stage.types() == []

    @pytest.mark.parametrize("address", [ADDRESS, None], ids=["to her postal address", "to the dwelling"])
    def test_case_6_one_that_bounces_after_publication_goes_by_post_and_the_notice_stands(
        self, stage: Stage, address: dict[str, Any] | None
    ) -> None:
        mail, post = ListChannel("mail", postal=False), ListChannel("post")
        notice = stage.send(tenant("Kari Testperson", KARI, postal_address=address))
        self.run(stage, mail, post)
        assert stage.types() == ["notice.sent"]

        assert self.returned(stage, notice["id"], mail, post) is True
        assert stage.read(notice["id"])["tenants"][0]["copy"]["status"] == "queued"
        self.run(stage, mail, post)

        (parcel,) = post.got
        assert parcel.address[-1] == ("5003 Bergen" if address else "0557 Oslo")
        assert parcel.code == mail.got[0].code
        assert stage.read(notice["id"])["status"] == "sent"
        assert stage.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"
        assert stage.types() == ["notice.sent"]

    def test_case_6_one_that_comes_back_by_post_is_told_to_the_landlord_who_gives_an_address(
        self, stage: Stage
    ) -> None:
        post = ListChannel("post")
        notice = stage.send()
        self.run(stage, post)
        assert self.returned(stage, notice["id"], post) is False
        assert self.returned(stage, notice["id"], post) is None  # it cannot come back twice
        read = stage.read(notice["id"])
        assert (read["status"], read["tenants"][0]["copy"]["status"]) == ("sent", "undeliverable")
        assert stage.types(stage.landlord)[-1] == "copy.undeliverable"

        stage.change(notice["id"], "contact", {"tenant": read["tenants"][0]["id"], "postal_address": ADDRESS})
        self.run(stage, post)
        assert post.got[-1].address[-1] == "5003 Bergen"
        assert stage.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"

    def test_case_6_one_of_two_that_comes_back_before_publication_blocks_it(self, stage: Stage) -> None:
        notice = stage.send(*both())
        stage.dispatch_to("Kari Testperson")
        with reading(stage.context.engine) as connection:
            (out,) = [one for one in of_notices(connection, [UUID(notice["id"])]) if one.dispatched_at]
        post: tuple[Channel, ...] = (ListChannel("post"),)
        change = ReturnLetter(stage.context, dict.fromkeys(DeliveryKind, post), DeliveryId(out.id))
        assert stage.context.writer.submit_and_wait(change) is False
        stage.work()
        assert stage.read(notice["id"])["blocked"] == {"reason": "copy-undeliverable"}
        assert stage.types() == []


class TestCase7:
    def test_case_7_what_an_integration_leaves_unfetched_goes_to_the_office_as_a_letter(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        sent_on = stage.read(notice["id"])["dates"]["sent_on"]
        self.to_the_second_working_day(stage, -1)
        stage.work()
        assert stage.letters("office") == []
        assert [str(one.id) for one in unfetched_notices(stage.context, stage.now)] == [notice["id"]]

        stage.pass_time(timedelta(days=1))
        with capture_logs() as logs:
            sweep(stage.context)
        sweep(stage.context)
        stage.work()

        assert len(stage.letters("office")) == 1
        assert "notice_not_fetched" in {line["event"] for line in logs}  # the operator's alarm
        read = stage.read(notice["id"])
        assert (read["dates"]["sent_on"], read["office"]["reached_by"]) == (sent_on, "feed")
        assert stage.types() == ["notice.sent"]
        escalated_on = stage.today
        stage.pass_time(timedelta(days=7))
        stage.work()
        received = stage.read(notice["id"])["dates"]
        assert received["received_on"] == (escalated_on + timedelta(days=7)).isoformat()
        assert received["sent_on"] == sent_on

    def test_case_7_what_was_fetched_is_not_escalated(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        stage.fetch(notice["id"])
        stage.work()
        assert stage.letters("office") == []

    def test_case_7_a_reservation_takes_back_an_escalation_that_has_not_left(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        stage.reserve()
        stage.work()
        assert stage.letters("office") == []
        assert stage.read(notice["id"])["status"] == "withdrawn"

    def test_case_7_nor_does_one_leave_where_the_policy_lets_the_notice_stand(self, stage_with: StageWith) -> None:
        stage = stage_with(reservation_before_fetch="stand")
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        sweep(stage.context)  # the letter is queued
        stage.reserve()
        stage.work()
        assert stage.letters("office") == []
        assert stage.read(notice["id"])["status"] == "sent"

    def test_case_7_nor_after_a_fetch(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        sweep(stage.context)
        stage.fetch(notice["id"])
        stage.work()
        stage.work()
        assert stage.letters("office") == []

    def test_case_7_a_letter_that_may_have_arrived_is_with_the_office(self, stage: Stage) -> None:
        """Its answer was lost: whoever reserves now comes as late as after a fetch."""
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        sweep(stage.context)
        stage.dispatch_to(otherwise=Unknown())
        stage.reserve()
        assert stage.read(notice["id"])["status"] == "sent"
        assert stage.fetch(notice["id"]).status_code == 200

    def test_case_7_an_update_takes_no_escalation_back(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        sweep(stage.context)
        stage.change(notice["id"], "update", {"deposited_amount": "100.00"})
        stage.work()
        assert len(stage.letters("office")) == 1

    def test_case_7_an_update_that_waits_holds_no_escalation_back(self, stage: Stage) -> None:
        notice = stage.send()
        stage.work()
        stage.change(notice["id"], "update", {"deposited_amount": "100.00"})
        self.to_the_second_working_day(stage, 0)
        stage.work()
        assert len(stage.letters("office")) == 1
        assert len(stage.letters("copy")) == 1
        assert stage.read(notice["id"])["version"] == 2

    @SQLITE
    def test_case_7_escalation_is_a_setting(self, stage_with: StageWith) -> None:
        stage = stage_with(escalation=6)
        stage.send()
        stage.work()
        self.to_the_second_working_day(stage, 0)
        stage.work()
        assert stage.letters("office") == []

    def to_the_second_working_day(self, stage: Stage, more: int) -> None:
        """From a day in a week without a holiday: the tests' clock starts today, whatever today is."""
        second = add_working_days(stage.today, 2)
        stage.pass_time(second - stage.today + timedelta(days=more))


class TestCase9:
    def test_case_9_the_same_notice_twice_is_one(self, stage: Stage) -> None:
        body = stage.body()
        first, again = (stage.landlord.post("/v1/notices", json=body) for _ in range(2))
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
        batch = {"items": [{"notice": body}]}
        assert stage.landlord.post("/v1/notices/batch", json=batch).json()["results"][0]["notice"] == first.json()
        assert len(stage.landlord.get("/v1/notices").json()["items"]) == 1

    @SQLITE
    def test_case_9_at_most_three_new_ones_in_180_days(self, stage: Stage) -> None:
        for number in range(3):
            assert answer_to(stage, reference=f"L-{number}", lease=lease(f"L-{number}")).status_code == 201
        fourth = answer_to(stage, reference="L-4", lease=lease("L-4"))
        assert (fourth.status_code, codes(fourth)) == (409, {("notice-limit-reached", "/tenants/0")})
        stage.pass_time(timedelta(days=181))
        assert answer_to(stage, reference="L-4", lease=lease("L-4")).status_code == 201

    @SQLITE
    def test_case_9_notice_limit_is_a_setting(self, stage_with: StageWith) -> None:
        stage = stage_with(notice_limit=1, notice_limit_days=10)
        assert answer_to(stage).status_code == 201
        assert answer_to(stage, reference="L-2", lease=lease("L-2")).json()["code"] == "notice-limit-reached"
        stage.pass_time(timedelta(days=11))
        assert answer_to(stage, reference="L-2", lease=lease("L-2")).status_code == 201


class TestCase10:
    @SQLITE
    def test_case_10_a_name_a_birth_date_and_an_address_suffice(self, stage: Stage) -> None:
        assert answer_to(stage, tenant("Kari Testperson", birth_date="1990-01-01")).status_code == 201

    def test_case_10_under_18_waits_for_a_person(self, stage: Stage) -> None:
        young = stage.today.replace(year=stage.today.year - 17, day=1).isoformat()
        notice = stage.send(tenant("Ung Prøvesen", birth_date=young))
        stage.work()
        assert stage.letters("copy") == []
        (waiting,) = held_notices(stage.context)
        stage.context.writer.submit_and_wait(Release(stage.context, waiting.id))
        stage.work()
        assert [one["notice"] for one in stage.events()] == [notice["id"]]

    @SQLITE
    def test_case_10_a_real_number_is_refused_outside_production(self, stage: Stage) -> None:
        """In production it is the other way round: tests/web/test_every_code.py."""
        refused = answer_to(stage, tenant("Kari Testperson", "02013299997"))
        assert codes(refused) == {("real-id-in-test", "/tenants/0/national_id")}

    @SQLITE
    def test_case_10_held_working_days_is_a_setting(self, stage_with: StageWith) -> None:
        stage = stage_with(held_working_days=1)
        young = stage.today.replace(year=stage.today.year - 17, day=1).isoformat()
        notice = stage.send(tenant("Ung Prøvesen", birth_date=young))
        last = add_working_days(stage.today, 1)
        stage.pass_time(last - stage.today)
        stage.work()
        assert stage.read(notice["id"])["status"] == "accepted"
        stage.pass_time(timedelta(days=1))
        stage.work()
        assert stage.read(notice["id"])["blocked"] == {"reason": "not-decided-in-time"}

    @pytest.mark.parametrize("number", ["01819010001", "41819000032"], ids=["a fødselsnummer", "a D-number"])
    @SQLITE
    def test_case_10_synthetic_numbers_are_valid_outside_production(self, stage: Stage, number: str) -> None:
        sent = answer_to(stage, tenant("Kari Testperson", number))
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
        self, stage: Stage, place: dict[str, Any], now: str
    ) -> None:
        sent = answer_to(stage, dwelling=place)
        assert "municipality-renumbered" in remarks(sent)
        assert sent.json()["dwelling"]["municipality_number"] == now

    @SQLITE
    def test_case_11_a_split_ones_address_decides_else_the_successors_are_named(self, stage: Stage) -> None:
        # Ålesund (1507) was split into Ålesund (1508) and Haram (1580) in 2024.
        decided = answer_to(stage, dwelling=dwelling("6270", municipality_number="1507"))
        assert decided.json()["dwelling"]["municipality_number"] == "1580"
        conflict = answer_to(stage, dwelling=dwelling("0557", municipality_number="1507", district_number=None))
        assert "address-conflict" in {code for code, _ in codes(conflict)}
