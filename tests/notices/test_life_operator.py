"""What waits for a person, and what time alone brings about (DESIGN § 2; LAW, cases 7 and 10)."""

from datetime import timedelta

import pytest

from tests.notices.scenario import Stage, tenant
from tests.service import Service
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import HeldFor, WithdrawalReason
from varsling.domain.office import OfficeNumber
from varsling.domain.problems import NotFound, NoticeClosed
from varsling.notices.service import Reject, Release, TakeBack, held_notices, show_notice, unfetched_notices


@pytest.fixture
def stage(service: Service) -> Stage:
    stage = Stage(service)
    stage.grant()
    return stage


def send_about_a_child(stage: Stage) -> dict[str, object]:
    born = stage.today.replace(year=stage.today.year - 17, day=1).isoformat()
    return stage.send(tenant("Ung Prøvesen", birth_date=born))


def test_a_notice_about_a_child_waits_for_a_person(stage: Stage) -> None:
    notice = send_about_a_child(stage)
    stage.work()
    assert stage.letters("copy") == []
    (waiting,) = held_notices(stage.context)
    assert (str(waiting.id), waiting.held_for) == (notice["id"], HeldFor.UNDER_AGE)

    stage.context.writer.submit_and_wait(Release(stage.context, waiting.id))
    stage.work()

    assert held_notices(stage.context) == []
    assert stage.types() == ["notice.sent"]
    with pytest.raises(NoticeClosed):
        stage.context.writer.submit_and_wait(Release(stage.context, waiting.id))


def test_a_rejected_notice_is_blocked(stage: Stage) -> None:
    notice = send_about_a_child(stage)
    (waiting,) = held_notices(stage.context)

    stage.context.writer.submit_and_wait(Reject(stage.context, waiting.id))
    stage.work()

    read = stage.read(str(notice["id"]))
    assert (read["status"], read["blocked"]) == ("blocked", {"reason": "rejected-by-operator"})
    assert stage.types() == []
    assert stage.types(stage.landlord) == ["notice.blocked"]
    assert stage.letters("copy") == []


def test_what_nobody_decides_in_time_is_blocked(stage: Stage) -> None:
    notice = send_about_a_child(stage)
    (waiting,) = held_notices(stage.context)
    assert waiting.decide_by is not None
    stage.pass_time(timedelta(days=(waiting.decide_by - stage.today).days))
    stage.work()
    assert stage.read(str(notice["id"]))["status"] == "accepted"

    stage.pass_time(timedelta(days=1))
    stage.work()

    assert stage.read(str(notice["id"]))["blocked"] == {"reason": "not-decided-in-time"}
    assert held_notices(stage.context) == []


def test_a_forgotten_notice_lapses_after_a_word_of_warning(stage: Stage) -> None:
    notice = stage.send()
    stage.work()
    stage.fetch(notice["id"])
    recommended = stage.read(notice["id"])["dates"]["petition"]["recommended"]
    lapses_in = (stage.today.fromisoformat(recommended) - stage.today).days + 90
    stage.pass_time(timedelta(days=lapses_in - 15))
    stage.work()
    assert "notice.lapsing" not in stage.types(stage.landlord)

    stage.pass_time(timedelta(days=1))
    stage.work()
    stage.work()
    assert stage.types(stage.landlord).count("notice.lapsing") == 1
    assert stage.read(notice["id"])["status"] == "received"
    stage.pass_time(timedelta(days=14))
    stage.work()

    assert stage.read(notice["id"])["status"] == "lapsed"
    assert stage.types(stage.landlord)[-1] == "notice.lapsed"
    assert stage.types() == ["notice.sent", "notice.lapsed"]


def test_an_update_puts_the_lapse_off(stage: Stage) -> None:
    notice = stage.send()
    stage.work()
    stage.pass_time(timedelta(days=80))
    stage.change(notice["id"], "update", {"deposited_amount": "100.00"})
    stage.work()
    # The integration has fallen silent: the new version went as a letter, and R follows that letter.
    received_on = stage.today + timedelta(days=7)
    stage.pass_time(timedelta(days=60))
    stage.work()

    assert "notice.lapsing" not in stage.types(stage.landlord)
    read = stage.read(notice["id"])
    assert (read["status"], read["dates"]["received_on"]) == ("received", received_on.isoformat())


def test_the_operator_sees_what_no_office_fetched(stage: Stage) -> None:
    notice = stage.send()
    stage.work()
    stage.pass_time(timedelta(days=3))
    now = stage.now

    (left,) = unfetched_notices(stage.context, now - timedelta(days=2))
    assert (str(left.id), left.office) == (notice["id"], OfficeNumber("0315"))
    stage.fetch(notice["id"])
    assert unfetched_notices(stage.context, now - timedelta(days=2)) == []


def test_the_operator_shows_and_withdraws(stage: Stage) -> None:
    notice = stage.send()
    stage.work()
    (left,) = unfetched_notices(stage.context, stage.now)

    stage.context.writer.submit_and_wait(TakeBack(stage.context, left.id, WithdrawalReason.WRONG_PERSON))

    shown = show_notice(stage.context, left.id, AnswerLanguage.NB)
    assert shown["status"] == "withdrawn"
    assert [one["kind"] for one in shown["deliveries"]] == ["copy", "second"]
    assert "01819010001" not in str(shown)
    assert stage.fetch(notice["id"]).status_code == 410
    with pytest.raises(NotFound):
        show_notice(stage.context, stage.missing, AnswerLanguage.NB)
