"""LAW's first table, row by row, through the public doors; each test is named after its row."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.law.answers import answer_to, codes, dwelling, in_days, lease, of_another_ground, remarks
from tests.law.conftest import StageWith
from tests.notices.scenario import Scenario, both, tenant
from tests.service import AGENT, OTHER_LANDLORD, Service
from varsling.deliveries.channels.channel import Permanent

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = ("nb", "nn", "en")
OTHER_GROUNDS = ("lease_expired", "lease_terminated", "rescission", "judgment")


@SQLITE
def test_row_1_and_8_no_page_words_a_duty_or_an_unlawful_petition(scenario: Scenario) -> None:
    public = scenario.service.anonymous()
    pages = [public.get("/problems", headers={"Accept-Language": language}).text for language in LANGUAGES]
    pages += [public.get("/docs").text, public.get("/openapi.json").text]
    for page in pages:
        assert len(page) > 300
        lowered = page.lower()
        for forbidden in (
            "plikt til å varsle", "må varsle nav", "plikter å varsle", "pliktar å varsle", "obliged to notify",
            "must notify", "ulovlig begjæring", "ulovleg begjæring", "ugyldig begjæring", "unlawful petition",
            "petition is invalid", "petition is unlawful",
        ):  # fmt: skip
            assert forbidden not in lowered


class TestRow2:
    def test_row_2_a_date_that_no_reading_allows_is_refused_with_the_dates(self, scenario: Scenario) -> None:
        refused = answer_to(scenario, planned_petition_date=in_days(scenario, 13))

        assert codes(refused) == {("petition-too-early", "/planned_petition_date")}
        assert refused.json()["dates"]["petition"]["refused_before"] == in_days(scenario, 14)
        notice = scenario.send()
        too_early = scenario.change(notice["id"], "update", {"planned_petition_date": in_days(scenario, 13)})
        assert codes(too_early) == {("petition-too-early", "/planned_petition_date")}
        assert too_early.json()["dates"]["petition"]["refused_before"] == in_days(scenario, 14)

    @SQLITE
    def test_row_2_a_date_before_the_recommended_one_is_remarked(self, scenario: Scenario) -> None:
        between = answer_to(scenario, planned_petition_date=in_days(scenario, 14))
        assert remarks(between) == {"petition-earlier-than-recommended"}
        recommended = between.json()["dates"]["petition"]["recommended"]
        assert between.json()["dates"]["petition"]["refused_before"] == in_days(scenario, 14) < recommended
        later = answer_to(scenario, reference="L-2", lease=lease("L-2"), planned_petition_date=recommended)
        assert remarks(later) == set()

    @SQLITE
    def test_row_2_petition_rule_remark_accepts_it(self, stage_with: StageWith) -> None:
        scenario = stage_with(petition_rule="remark")
        notice = answer_to(scenario, planned_petition_date=in_days(scenario, 1))
        assert remarks(notice) == {"petition-earlier-than-recommended"}
        update = {"planned_petition_date": in_days(scenario, 2)}
        assert remarks(scenario.change(notice.json()["id"], "update", update)) == {"petition-earlier-than-recommended"}

    def test_row_2_a_date_that_publication_overtakes_stops_nothing(self, scenario: Scenario) -> None:
        notice = scenario.send(planned_petition_date=in_days(scenario, 21))
        scenario.pass_time(timedelta(days=14))
        scenario.work()
        assert scenario.types() == ["notice.sent"]
        assert {one["code"] for one in scenario.read(notice["id"])["remarks"]} == {"planned-date-overtaken"}


class TestRow3:
    def test_row_3_without_a_copy_nothing_goes_to_nav(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.dispatch_to("Kari Testperson")

        assert scenario.types() == []
        assert scenario.fetch(notice["id"]).status_code == 404
        scenario.dispatch_to("Ola Prøvesen", otherwise=Permanent("no-address"))
        scenario.pass_time(timedelta(minutes=5))
        scenario.work()
        assert scenario.types() == ["notice.sent"]

    def test_row_3_whoever_got_a_copy_of_what_is_not_published_hears_so(self, scenario: Scenario) -> None:
        scenario.send(*both())
        scenario.dispatch_to("Kari Testperson", otherwise=Permanent("no-address"))
        scenario.work()
        assert [one["address"][0] for one in scenario.letters("second")] == ["Kari Testperson"]
        assert scenario.types() == []

    @pytest.mark.parametrize("granted", [True, False])
    def test_row_3_a_window_lets_a_paper_letter_be_answered(
        self, new_service: Callable[..., Service], granted: bool
    ) -> None:
        scenario = Scenario(new_service(reservation_window_days=3))
        if granted:
            scenario.grant()
        notice = scenario.send(*both())
        scenario.work()
        assert len(scenario.letters("copy")) == 2
        scenario.pass_time(timedelta(days=2))
        scenario.work()
        assert (scenario.read(notice["id"])["status"], scenario.letters("office")) == ("accepted", [])
        scenario.reserve()
        scenario.pass_time(timedelta(days=1))
        assert scenario.events() == []  # an integration reads, if there is one
        scenario.work()
        seen = scenario.read(notice["id"])
        assert (seen["status"], seen["dates"]["sent_on"]) == ("sent", scenario.today.isoformat())
        assert len(scenario.letters("office")) == (0 if granted else 1)
        if granted:
            assert [one["name"] for one in scenario.fetch(notice["id"]).json()["tenants"]] == ["Ola Prøvesen"]


class TestRow4:
    @pytest.mark.parametrize("form", ["letter", "email", "sms", "form"])
    @SQLITE
    def test_row_4_any_durable_text_counts(self, scenario: Scenario, form: str) -> None:
        assert scenario.reserve(form=form).status_code == 201
        assert codes(answer_to(scenario)) == {("tenant-reserved", "/tenants/0")}

    @SQLITE
    def test_row_4_it_belongs_to_landlord_and_tenant(self, scenario: Scenario) -> None:
        scenario.reserve()
        other = scenario.service.landlord(OTHER_LANDLORD)
        landlord = scenario.body()["landlord"] | {"organisation_number": OTHER_LANDLORD}
        assert other.post("/v1/notices", json=scenario.body(landlord=landlord)).status_code == 201
        assert other.get("/v1/reservations").json()["items"] == []
        assert codes(answer_to(scenario, lease=lease("A-NEW-LEASE"))) == {("tenant-reserved", "/tenants/0")}

    @SQLITE
    def test_row_4_reservation_scope_lease_holds_for_its_lease_alone(self, stage_with: StageWith) -> None:
        scenario = stage_with(reservation_scope="lease")
        scenario.reserve(lease="K-1044")
        assert answer_to(scenario, lease=lease("A-NEW-LEASE")).status_code == 201
        assert codes(answer_to(scenario, reference="L-2")) == {("tenant-reserved", "/tenants/0")}

    @SQLITE
    def test_row_4_the_landlord_attests_that_it_has_no_other(self, scenario: Scenario) -> None:
        refused = answer_to(scenario, attestations={"no_reservation_received": False, "reason_to_notify": True})
        assert codes(refused) == {("reservation-not-attested", "/attestations/no_reservation_received")}

    def test_row_4_what_the_landlords_side_revokes_the_tenant_hears_of(self, scenario: Scenario) -> None:
        scenario.send()
        scenario.work()
        made = scenario.reserve().json()
        scenario.work()
        letters = len(scenario.letters("second"))
        revoked = scenario.landlord.post(
            f"/v1/reservations/{made['id']}/revocation", json={"received_on": in_days(scenario, 0), "form": "letter"}
        )
        scenario.work()
        assert revoked.status_code == 200
        assert len(scenario.letters("second")) == letters + 1


class TestRow5:
    def test_row_5_it_is_checked_again_at_publication(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.reserve()
        scenario.work()
        assert scenario.read(notice["id"])["blocked"] == {"reason": "tenant-reserved"}
        assert scenario.types() == []

    def test_row_5_what_was_fetched_is_not_recalled_but_later_updates_stop(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.fetch(notice["id"])
        scenario.reserve()
        assert scenario.fetch(notice["id"]).status_code == 200
        update = scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        assert update.json()["code"] == "tenant-reserved"
        later = answer_to(scenario, reference="L-2", lease=lease("L-2"))
        assert later.json()["code"] == "tenant-reserved"

    @pytest.mark.parametrize("end", ["settle", "withdraw"])
    def test_row_5_settlement_and_withdrawal_still_reach_all_who_were_told(self, scenario: Scenario, end: str) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.fetch(notice["id"])
        scenario.reserve()
        assert getattr(scenario, end)(notice["id"]).status_code == 200
        scenario.work()
        assert scenario.types()[-1] in ("notice.settled", "notice.withdrawn")
        assert len(scenario.letters("second")) == 1

    def test_row_5_reservation_before_fetch_close_takes_back_what_nobody_fetched(self, scenario: Scenario) -> None:
        notice = scenario.send()
        scenario.work()
        scenario.reserve()
        (event,) = scenario.events(type="notice.withdrawn")
        assert (event["reason"], event["delete"]) == ("reserved", True)
        assert scenario.fetch(notice["id"]).json()["code"] == "erased"

    def test_row_5_reservation_before_fetch_stand_lets_it_stand(self, stage_with: StageWith) -> None:
        scenario = stage_with(reservation_before_fetch="stand")
        notice = scenario.send()
        scenario.work()
        scenario.reserve()
        assert scenario.types() == ["notice.sent"]
        assert scenario.fetch(notice["id"]).status_code == 200


@SQLITE
def test_row_6_an_agent_sends_with_a_power_of_attorney_that_is_attested_and_shown(scenario: Scenario) -> None:
    agent = {"organisation_number": AGENT, "name": "Forvalter AS", "contact": {"email": "post@forvalter.example"}}
    unattested = scenario.body(agent=agent)
    refused = scenario.service.agent().post("/v1/notices", json=unattested)
    assert codes(refused) == {("power-of-attorney-not-attested", "/attestations/power_of_attorney")}
    attested = {"no_reservation_received": True, "reason_to_notify": True, "power_of_attorney": True}
    sent = scenario.service.agent().post("/v1/notices", json=unattested | {"attestations": attested})
    scenario.work()
    view = scenario.fetch(sent.json()["id"]).json()
    assert (view["agent"]["name"], view["landlord"]["name"]) == ("Forvalter AS", "Tigerboliger AS")


@pytest.mark.parametrize(
    ("place", "office"),
    [
        (dwelling("0557", district_number="030102"), "0315"),
        (dwelling("5003", district_number="460107"), "1208"),
        (dwelling("7030", district_number="500101"), "5701"),
        (dwelling("4012", district_number="110306"), "1164"),
        (dwelling("1430"), "0214"),
    ],
    ids=["Oslo", "Bergen", "Trondheim", "Stavanger", "Ås"],
)
@SQLITE
def test_row_7_the_addressee_is_the_office_of_the_municipality_or_the_district(
    scenario: Scenario, place: dict[str, Any], office: str
) -> None:
    found = answer_to(scenario, dwelling=place)
    assert found.status_code == 201, found.text
    assert found.json()["office"]["number"] == office, found.json()["office"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"lease": lease(use="commercial")}, ("not-a-dwelling", "/lease/use")),
        ({"lease": lease(use="holiday")}, ("not-a-dwelling", "/lease/use")),
        (
            {"tenants": [tenant("Firma Leietaker AS", birth_date="1990-01-01")]},
            ("tenant-not-a-person", "/tenants/0/name"),
        ),
    ],
)
@SQLITE
def test_row_9_only_homes_and_only_persons(scenario: Scenario, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert codes(answer_to(scenario, **changes)) == {fault}
    assert answer_to(scenario, lease=lease(use="mixed")).status_code == 201


@pytest.mark.parametrize("member", ["comment", "message", "attachment", "text"])
@SQLITE
def test_row_10_there_is_no_free_text(scenario: Scenario, member: str) -> None:
    told = answer_to(scenario, **{member: "Hun er alltid full"})
    assert codes(told) == {("unknown-field", f"/{member}")}
    assert "full" not in told.text


@pytest.mark.parametrize(
    "place",
    [dwelling("9170"), dwelling("8099"), dwelling("9170", municipality_number="2100")],
    ids=["Longyearbyen", "Jan Mayen", "by its number"],
)
@SQLITE
def test_row_11_outside_norways_municipalities(scenario: Scenario, place: dict[str, Any]) -> None:
    refused = answer_to(scenario, dwelling=place)
    assert ("outside-norway", "/dwelling/postal_code") in codes(refused)
    assert refused.json()["errors"][0]["detail"]


class TestGround:
    @SQLITE
    def test_ground_a_needs_a_clause_a_warning_and_claims(self, scenario: Scenario) -> None:
        bare = answer_to(
            scenario, lease=lease(eviction_clause=False), ground={"code": "rent_unpaid"}, breach={"claims": []}
        )
        assert codes(bare) == {
            ("eviction-clause-missing", "/lease/eviction_clause"),
            ("warning-not-sent", "/ground/warning_sent_on"),
            ("nothing-overdue", "/breach/claims"),
        }

    @pytest.mark.parametrize("code", OTHER_GROUNDS)
    @SQLITE
    def test_every_ground_needs_a_warning_and_both_clocks_run(self, scenario: Scenario, code: str) -> None:
        unwarned = of_another_ground(scenario, code, warning_sent_on=None)
        fresh = code == "judgment"  # less than a year old: tvangsfullbyrdelsesloven § 4-19
        answer = answer_to(scenario, **unwarned, lease=lease("U"), reference="U")
        if fresh:
            assert (answer.status_code, answer.json()["dates"]["warning"]) == (201, None)
        else:
            assert codes(answer) == {("warning-not-sent", "/ground/warning_sent_on")}

        running = of_another_ground(scenario, code, warning_sent_on=in_days(scenario, -1))
        sent = answer_to(scenario, **running)
        assert remarks(sent) == {"warning-period-running"}
        dates = sent.json()["dates"]
        assert dates["warning"]["literal"] == in_days(scenario, 13)
        assert dates["petition"]["refused_before"] == in_days(scenario, 14)
        seen = scenario.read(sent.json()["id"])["ground"]
        assert {name: fact for name, fact in seen.items() if fact is not None} == running["ground"]

    @pytest.mark.parametrize("code", OTHER_GROUNDS)
    @SQLITE
    def test_a_ground_needs_its_own_facts_and_takes_no_other_s(self, scenario: Scenario, code: str) -> None:
        right = of_another_ground(scenario, code)
        own = right["ground"].keys() - {"code", "warning_sent_on"}
        bare = answer_to(scenario, **right | {"ground": {"code": code}})
        assert codes(bare) == {("missing", f"/ground/{name}") for name in own}
        every = {
            name: fact for one in OTHER_GROUNDS for name, fact in of_another_ground(scenario, one)["ground"].items()
        }
        mixed = answer_to(scenario, **right | {"ground": every | right["ground"]})
        others = every.keys() - right["ground"].keys()
        assert codes(mixed) == {("unknown-field", f"/ground/{name}") for name in others}

    @SQLITE
    def test_no_title_is_refused_unless_the_operator_takes_it(self, scenario: Scenario, stage_with: StageWith) -> None:
        untitled = of_another_ground(scenario, "no_title")
        assert codes(answer_to(scenario, **untitled)) == {("ground-not-covered", "/ground/code")}
        assert answer_to(stage_with(no_title="accept"), **untitled).status_code == 201

    @SQLITE
    def test_claims_stand_where_the_ground_takes_them(self, scenario: Scenario) -> None:
        claims = scenario.body()["breach"]
        for number, (code, facts) in enumerate((("judgment", {}), ("rescission", {"breach_kind": "a"}))):
            own = of_another_ground(scenario, code, **facts) | {"breach": claims}
            sent = answer_to(scenario, **own, reference=f"G-{number}", lease=lease(f"G-{number}"))
            assert sent.status_code == 201, sent.text
        for code, facts in (("rescission", {"breach_kind": "e"}), ("lease_expired", {}), ("lease_terminated", {})):
            own = of_another_ground(scenario, code, **facts) | {"breach": claims}
            assert codes(answer_to(scenario, **own)) == {("claims-not-applicable", "/breach/claims")}

    @SQLITE
    def test_no_remedy_leads_to_another_ground_than_the_true_one(self, scenario: Scenario) -> None:
        public = scenario.service.anonymous()
        for language in LANGUAGES:
            problems = public.get("/problems", headers={"Accept-Language": language, "Accept": "application/json"})
            for text in re.findall(r"[^.\"]*`rescission`[^.\"]*", problems.text):
                assert any(word in text for word in ("allerede er hevet", "alt er heva", "already rescinded")), text

    @SQLITE
    def test_ground_rule_parallel_remarks_a_running_warning(self, scenario: Scenario) -> None:
        ground = {"code": "rent_unpaid", "warning_sent_on": in_days(scenario, -14)}
        assert remarks(answer_to(scenario, ground=ground)) == {"warning-period-running"}

    @SQLITE
    def test_ground_rule_sequential_refuses_until_its_literal_date_is_past(self, stage_with: StageWith) -> None:
        scenario = stage_with(ground_rule="sequential")
        ground = {"code": "rent_unpaid", "warning_sent_on": in_days(scenario, -14)}
        assert codes(answer_to(scenario, ground=ground)) == {("warning-period-running", "/ground/warning_sent_on")}
        ground["warning_sent_on"] = in_days(scenario, -15)
        assert answer_to(scenario, ground=ground).status_code == 201


@SQLITE
def test_r_of_a_letter_is_a_setting(new_service: Callable[..., Service]) -> None:
    """Without a confirmation a letter counts as received some days after its dispatch (7 unless set)."""
    scenario = Scenario(new_service(letter_received_after_days=3))
    notice = scenario.send()
    scenario.work()
    scenario.pass_time(timedelta(days=2))
    scenario.work()
    assert scenario.read(notice["id"])["status"] == "sent"
    scenario.pass_time(timedelta(days=1))
    scenario.work()
    assert scenario.read(notice["id"])["dates"]["received_on"] == scenario.today.isoformat()


@pytest.mark.parametrize(
    ("sent", "literal", "whole_weeks", "recommended"),
    [
        ("2026-11-23", "2026-12-07", "2026-12-08", "2026-12-08"),
        ("2026-11-28", "2026-12-12", "2026-12-13", "2026-12-15"),
        ("2026-12-10", "2026-12-24", "2026-12-25", "2026-12-25"),
        ("2026-12-11", "2026-12-25", "2026-12-26", "2026-12-29"),
        ("2026-03-19", "2026-04-02", "2026-04-03", "2026-04-08"),
        ("2026-04-17", "2026-05-01", "2026-05-02", "2026-05-05"),
        ("2027-05-03", "2027-05-17", "2027-05-18", "2027-05-19"),
        ("2027-04-22", "2027-05-06", "2027-05-07", "2027-05-08"),
        ("2028-02-15", "2028-02-29", "2028-03-01", "2028-03-01"),
        ("2026-10-12", "2026-10-26", "2026-10-27", "2026-10-27"),
    ],
)
@SQLITE
def test_the_table_of_dates(scenario: Scenario, sent: str, literal: str, whole_weeks: str, recommended: str) -> None:
    """The rows about instants are in tests/domain/test_dates.py and tests/notices/test_intake.py."""
    told = scenario.service.anonymous().get("/v1/dates", params={"sent_on": sent, "received_on": sent}).json()
    assert [told["notice"][name] for name in ("literal", "whole_weeks", "recommended")] == [
        literal,
        whole_weeks,
        recommended,
    ]
    assert date.fromisoformat(told["petition"]["recommended"]).isoformat() == recommended
