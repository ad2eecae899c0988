"""The end of a notice is not the end of the case (LAW, row 8a; cases 1, 3, 4 and 6), through the public doors."""

from datetime import timedelta
from typing import Any

import pytest

from tests.law.answers import answer_to, codes, in_days, remarks
from tests.notices.scenario import OLA, Scenario, both
from tests.service import Service
from varsling.deliveries.channels.channel import Permanent

KARI_NAME, OLA_NAME = "Kari Testperson", "Ola Prøvesen"
ON = "Saken kan gå videre likevel"
NOTHING = "Du trenger ikke å gjøre noe"


@pytest.fixture
def sent(scenario: Scenario) -> dict[str, Any]:
    """A published notice about two tenants, whom the office has not read of yet."""
    notice = scenario.send(*both())
    scenario.work()
    return notice


def second_letters(scenario: Scenario) -> dict[str, str]:
    """By name: the second letter to each tenant."""
    scenario.work()
    texts = scenario.texts_of("second")
    return {name: text for name in (KARI_NAME, OLA_NAME) for text in texts if name in text}


@pytest.mark.parametrize(
    ("what", "body", "over"),
    [
        ("settlement", {"reason": "paid"}, True),
        ("settlement", {"reason": "payment_plan"}, False),
        ("settlement", {"reason": "not_pursued"}, False),
        ("withdrawal", {"reason": "mistake"}, False),
        ("withdrawal", {"reason": "wrong_amount"}, False),
    ],
)
def test_row_8a_only_paid_rent_needs_nothing_more(
    scenario: Scenario, sent: dict[str, Any], what: str, body: dict[str, str], over: bool
) -> None:
    on = {"on": scenario.today.isoformat()} if what == "settlement" else {}
    assert scenario.change(sent["id"], what, body | on).status_code == 200
    for text in second_letters(scenario).values():
        assert (NOTHING in text, ON in text) == (over, not over)
        assert ("Hold avtalen" in text) is (body["reason"] == "payment_plan")


def test_row_8a_paying_ends_no_case_about_the_home_itself(scenario: Scenario) -> None:
    judged = {"ground": {"code": "judgment", "decided_on": in_days(scenario, -30)}}
    notice = scenario.send(*both(), **judged)
    scenario.work()
    scenario.settle(notice["id"])
    assert all(NOTHING not in text and ON in text for text in second_letters(scenario).values())


def test_row_8a_who_reserves_reads_that_she_can_ring_nav_herself(scenario: Scenario, sent: dict[str, Any]) -> None:
    scenario.reserve()
    scenario.reserve(OLA_NAME, OLA)
    letters = second_letters(scenario)
    assert scenario.read(sent["id"])["status"] == "withdrawn"
    assert "kan du ringe Nav selv" in letters[OLA_NAME]
    assert ON in letters[OLA_NAME]
    assert NOTHING not in "".join(letters.values())


def test_case_1_who_is_left_out_is_not_told_that_it_is_not_sent(scenario: Scenario, sent: dict[str, Any]) -> None:
    scenario.reserve()
    letters = second_letters(scenario)
    assert letters.keys() == {KARI_NAME}
    assert "nevner ikke deg lenger" in letters[KARI_NAME]
    assert "om andre i boligen" in letters[KARI_NAME]
    assert [one["name"] for one in scenario.fetch(sent["id"]).json()["tenants"]] == [OLA_NAME]


def test_case_6_a_stopped_notice_says_so_and_its_new_copy_is_no_change(scenario: Scenario) -> None:
    notice = scenario.send(*both())
    scenario.dispatch_to(KARI_NAME, otherwise=Permanent("no-address"))
    told = second_letters(scenario)[KARI_NAME]
    assert "er stoppet inntil videre" in told
    assert "får du en ny kopi først" in told
    ola = notice["tenants"][1]["id"]
    assert scenario.change(notice["id"], "contact", {"tenant": ola, "phone": "+4790000000"}).status_code == 200
    scenario.work()
    (again,) = [text for text in scenario.texts_of("copy") if KARI_NAME in text and "sendes likevel" in text]
    assert "Varselet er endret" not in again
    assert scenario.types() == ["notice.sent"]


class TestCase3:
    def test_case_3_of_several_one_was_the_wrong_person(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        kari = sent["tenants"][0]["id"]
        scenario.fetch(sent["id"])
        wrong = {"reason": "wrong_person", "tenants": [kari]}
        answer = scenario.change(sent["id"], "withdrawal", wrong)

        assert (answer.status_code, answer.json()["status"]) == (200, "received")
        view = scenario.fetch(sent["id"]).json()
        assert [one["name"] for one in view["tenants"]] == [OLA_NAME]
        assert KARI_NAME not in str(view)
        (removed,) = scenario.events(type="tenant.removed")
        assert (removed["tenant"], removed["delete"], removed["notice"]) == (kari, True, sent["id"])
        letters = second_letters(scenario)
        assert letters.keys() == {KARI_NAME}  # the other is told nothing, least of all that she owes nothing
        assert "Vi beklager" in letters[KARI_NAME]
        for word in ("55 55 33 33", "Nettsiden din"):
            assert word not in letters[KARI_NAME]
        again = scenario.change(sent["id"], "withdrawal", wrong)
        assert again.status_code == 200
        assert len(scenario.events(type="tenant.removed")) == 1

    def test_case_3_before_publication_it_goes_for_the_others(self, scenario: Scenario) -> None:
        notice = scenario.send(*both())
        scenario.dispatch_to(OLA_NAME)
        wrong = {"reason": "wrong_person", "tenants": [notice["tenants"][0]["id"]]}
        assert scenario.change(notice["id"], "withdrawal", wrong).status_code == 200
        assert scenario.types() == ["notice.sent"]
        assert second_letters(scenario) == {}

    def test_case_3_of_all_is_a_withdrawal(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        everybody = {"reason": "wrong_person", "tenants": [one["id"] for one in sent["tenants"]]}
        assert scenario.change(sent["id"], "withdrawal", everybody).json()["status"] == "withdrawn"
        assert scenario.fetch(sent["id"]).status_code == 410

    def test_case_3_an_office_on_paper_learns_whom_to_delete(self, service: Service) -> None:
        paper = Scenario(service)
        notice = paper.send(*both())
        paper.work()
        wrong = {"reason": "wrong_person", "tenants": [notice["tenants"][0]["id"]]}
        assert paper.change(notice["id"], "withdrawal", wrong).status_code == 200
        paper.work()
        (told,) = [text for text in paper.texts_of("office") if "slett opplysningene" in text]
        assert KARI_NAME in told
        assert OLA_NAME not in told

    def test_case_3_tenants_are_named_for_the_wrong_person_alone(
        self, scenario: Scenario, sent: dict[str, Any]
    ) -> None:
        named = {"reason": "mistake", "tenants": [sent["tenants"][0]["id"]]}
        assert codes(scenario.change(sent["id"], "withdrawal", named)) == {("unknown-field", "/tenants")}
        stranger = {"reason": "wrong_person", "tenants": [sent["id"]]}
        assert scenario.change(sent["id"], "withdrawal", stranger).status_code == 404


class TestCase4:
    def test_case_4_a_petition_is_its_own_grade(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        scenario.fetch(sent["id"])
        copies = len(scenario.letters("copy"))
        filed = scenario.change(sent["id"], "update", {"petition_filed_on": in_days(scenario, 0)})

        assert remarks(filed) == {"petition-already-filed"}
        assert filed.json()["dates"]["petition"] is None
        scenario.work()  # at once: what comes now must not wait until her last copy is two weeks old
        assert len(scenario.letters("copy")) == copies + 2
        (event,) = scenario.events(type="notice.petition_filed")
        assert event["urgent"] is True
        view = scenario.fetch(sent["id"]).json()
        assert (view["petition_filed_on"], view["dates"]["petition"]) == (in_days(scenario, 0), None)
        letter = [text for text in scenario.texts_of("copy") if "Utleieren har bedt om utkastelse" in text]
        assert len(letter) == 2
        assert all("Ring Nav i dag" in text and "ofte to uker" in text for text in letter)
        assert all("bør ikke be namsmannen" not in text for text in letter)
        before = {"petition_recommended_before": "2199-12-31"}
        assert scenario.landlord.get("/v1/notices", params=before).json()["items"] == []

    def test_case_4_a_petition_that_is_withdrawn_brings_the_dates_back(
        self, scenario: Scenario, sent: dict[str, Any]
    ) -> None:
        scenario.change(sent["id"], "update", {"petition_filed_on": in_days(scenario, 0)})
        scenario.work()
        planned = {"planned_petition_date": in_days(scenario, 40)}
        assert codes(scenario.change(sent["id"], "update", planned)) == {("date-conflict", "/planned_petition_date")}
        withdrawn = {"petition_withdrawn_on": in_days(scenario, 0)}
        answer = scenario.change(sent["id"], "update", withdrawn)
        assert answer.json()["dates"]["petition"] is not None
        scenario.work()
        assert scenario.types()[-2:] == ["notice.petition_filed", "notice.petition_withdrawn"]
        assert scenario.events()[-1]["urgent"] is False
        assert any("har trukket begjæringen" in text for text in scenario.texts_of("copy"))
        assert scenario.change(sent["id"], "update", planned).status_code == 200

    def test_case_4_a_landlord_may_promise_to_wait(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        held = {"petition_held_until": in_days(scenario, 60)}
        assert scenario.change(sent["id"], "update", held).status_code == 200
        scenario.pass_time(timedelta(days=15))
        scenario.work()
        assert scenario.fetch(sent["id"]).json()["petition_held_until"] == held["petition_held_until"]
        assert any("har lovet å vente til" in text for text in scenario.texts_of("copy"))
        early = {"planned_petition_date": in_days(scenario, 40)}
        assert codes(scenario.change(sent["id"], "update", early)) == {("date-conflict", "/planned_petition_date")}

    def test_case_4_a_promise_ends_with_its_petition(self, scenario: Scenario, sent: dict[str, Any]) -> None:
        def update(**said: str) -> Any:
            assert scenario.change(sent["id"], "update", said).status_code == 200
            return scenario.read(sent["id"])["petition_held_until"]

        promise = in_days(scenario, 60)
        assert update(petition_filed_on=in_days(scenario, -1)) is None
        assert update(petition_held_until=promise) == promise
        assert update(petition_withdrawn_on=in_days(scenario, 0)) is None
        assert update(petition_held_until=promise) == promise  # to wait with another one
        assert update(petition_filed_on=in_days(scenario, 0)) is None
        assert update(petition_held_until=promise, deposited_amount="1.00") == promise

    def test_case_4_an_office_with_paper_reads_that_a_petition_was_withdrawn(self, service: Any) -> None:
        scenario = Scenario(service)
        notice = scenario.send()
        scenario.work()
        scenario.change(notice["id"], "update", {"petition_filed_on": in_days(scenario, 0)})
        scenario.work()
        scenario.change(notice["id"], "update", {"petition_withdrawn_on": in_days(scenario, 0)})
        scenario.work()
        told = [text for text in scenario.texts_of("office") if ", trukket " in text]
        assert len(scenario.texts_of("office")) == 3
        assert len(told) == 1

    def test_case_4_a_first_notice_may_come_late(self, scenario: Scenario) -> None:
        late = answer_to(scenario, petition_filed_on=in_days(scenario, -1))
        assert late.json()["dates"]["petition"] is None
        scenario.work()
        (event,) = scenario.events(type="notice.sent")
        assert event["urgent"] is True
