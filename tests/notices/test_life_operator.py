"""Notices that wait for a person, and effects of time alone (DESIGN § 2; LAW, cases 7 and 10)."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.notices.scenario import Scenario, tenant
from tests.service import Service
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import HeldFor, WithdrawalReason
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NotFound, NoticeClosed
from varsling.notices.service import Reject, Release, TakeBack, held_notices, show_notice, unfetched_notices


@pytest.fixture
def scenario(service: Service) -> Scenario:
    scenario = Scenario(service)
    scenario.grant()
    return scenario


def send_about_a_child(scenario: Scenario) -> dict[str, object]:
    born = scenario.today.replace(year=scenario.today.year - 17, day=1).isoformat()
    return scenario.send(tenant("Ung Prøvesen", birth_date=born))


def test_a_notice_about_a_child_waits_for_a_person(scenario: Scenario) -> None:
    notice = send_about_a_child(scenario)
    scenario.work()
    assert scenario.letters("copy") == []
    (waiting,) = held_notices(scenario.context)
    assert (str(waiting.id), waiting.held_for) == (notice["id"], HeldFor.UNDER_AGE)

    scenario.context.writer.submit_and_wait(Release(scenario.context, waiting.id))
    scenario.work()

    assert held_notices(scenario.context) == []
    assert scenario.types() == ["notice.sent"]
    with pytest.raises(NoticeClosed):
        scenario.context.writer.submit_and_wait(Release(scenario.context, waiting.id))


def test_a_rejected_notice_is_blocked(scenario: Scenario) -> None:
    notice = send_about_a_child(scenario)
    (waiting,) = held_notices(scenario.context)

    scenario.context.writer.submit_and_wait(Reject(scenario.context, waiting.id))
    scenario.work()

    read = scenario.read(str(notice["id"]))
    assert (read["status"], read["blocked"]) == ("blocked", {"reason": "rejected-by-operator"})
    assert scenario.types() == []
    assert scenario.types(scenario.landlord) == ["notice.blocked"]
    assert scenario.letters("copy") == []


def test_what_nobody_decides_in_time_is_blocked(scenario: Scenario) -> None:
    notice = send_about_a_child(scenario)
    (waiting,) = held_notices(scenario.context)
    assert waiting.decide_by is not None
    scenario.pass_time(timedelta(days=(waiting.decide_by - scenario.today).days))
    scenario.work()
    assert scenario.read(str(notice["id"]))["status"] == "accepted"

    scenario.pass_time(timedelta(days=1))
    scenario.work()

    assert scenario.read(str(notice["id"]))["blocked"] == {"reason": "not-decided-in-time"}
    assert held_notices(scenario.context) == []


def test_a_forgotten_notice_lapses_after_a_word_of_warning(scenario: Scenario) -> None:
    notice = scenario.send()
    scenario.work()
    scenario.fetch(notice["id"])
    recommended = scenario.read(notice["id"])["dates"]["petition"]["recommended"]
    lapses_in = (scenario.today.fromisoformat(recommended) - scenario.today).days + 90
    scenario.pass_time(timedelta(days=lapses_in - 15))
    scenario.work()
    assert "notice.lapsing" not in scenario.types(scenario.landlord)

    scenario.pass_time(timedelta(days=1))
    scenario.work()
    scenario.work()
    assert scenario.types(scenario.landlord).count("notice.lapsing") == 1
    assert scenario.read(notice["id"])["status"] == "received"
    scenario.pass_time(timedelta(days=14))
    scenario.work()

    assert scenario.read(notice["id"])["status"] == "lapsed"
    assert scenario.types(scenario.landlord)[-1] == "notice.lapsed"
    assert scenario.types() == ["notice.sent", "notice.lapsed"]


def test_an_update_puts_the_lapse_off(scenario: Scenario) -> None:
    notice = scenario.send()
    scenario.work()
    scenario.pass_time(timedelta(days=80))
    scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
    scenario.work()
    # The integration has stopped polling: the new version went as a letter, and R follows that letter.
    received_on = scenario.today + timedelta(days=7)
    scenario.pass_time(timedelta(days=60))
    scenario.work()

    assert "notice.lapsing" not in scenario.types(scenario.landlord)
    read = scenario.read(notice["id"])
    assert (read["status"], read["dates"]["received_on"]) == ("received", received_on.isoformat())


def test_the_operator_sees_what_no_office_fetched(scenario: Scenario) -> None:
    notice = scenario.send()
    scenario.work()
    scenario.pass_time(timedelta(days=3))
    now = scenario.now

    (left,) = unfetched_notices(scenario.context, now - timedelta(days=2))
    assert (str(left.id), left.office) == (notice["id"], OfficeNumber("0315"))
    scenario.fetch(notice["id"])
    assert unfetched_notices(scenario.context, now - timedelta(days=2)) == []


def test_the_operator_shows_and_withdraws(scenario: Scenario) -> None:
    notice = scenario.send()
    scenario.work()
    (left,) = unfetched_notices(scenario.context, scenario.now)

    scenario.context.writer.submit_and_wait(TakeBack(scenario.context, left.id, WithdrawalReason.WRONG_PERSON))

    shown = show_notice(scenario.context, left.id, AnswerLanguage.NB)
    assert shown["status"] == "withdrawn"
    assert [one["kind"] for one in shown["deliveries"]] == ["copy", "second"]
    assert "01819010001" not in str(shown)
    assert scenario.fetch(notice["id"]).status_code == 410
    with pytest.raises(NotFound):
        show_notice(scenario.context, UUID(int=0), AnswerLanguage.NB)
