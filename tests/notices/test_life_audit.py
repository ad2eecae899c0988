"""Each change leaves who did what, when and on what basis, and nothing of whom it is about."""

import pytest
import sqlalchemy as sa

from tests.notices.scenario import KARI, Stage, both
from tests.service import LANDLORD, NAV, Service
from varsling.database.engine import reading
from varsling.deliveries.service import PauseChannel, ResumeChannel
from varsling.feed.upkeep import NewEpoch
from varsling.privacy.tables import audit_rows


@pytest.fixture
def stage(service: Service) -> Stage:
    return Stage(service)


def rows(stage: Stage) -> list[tuple[str, str, str]]:
    with reading(stage.context.engine) as connection:
        columns = audit_rows.c
        found = connection.execute(sa.select(columns.actor, columns.action, columns.basis).order_by(columns.id))
        return [(one.actor, one.action, one.basis.removeprefix("husleieloven § 9-11 ")) for one in found]


def test_a_life_leaves_its_trail(stage: Stage) -> None:
    first, second = "first paragraph, first to third sentence", "second paragraph"
    stage.grant()
    notice = stage.send(*both())["id"]
    stage.work()
    assert stage.fetch(notice).status_code == 200
    assert stage.settle(notice).status_code == 200
    stage.work()
    told = rows(stage)
    assert told[:2] == [("operator", "grant.made", "decision of the operator"), (LANDLORD, "notice.accepted", first)]
    assert told[2:5] == [("worker", "copy.dispatched", second)] * 2 + [("varsling", "notice.sent", first)]
    assert (NAV, "notice.fetched", first) in told
    assert (LANDLORD, "notice.settled", first) in told
    assert told[-1] == ("worker", "letter.dispatched", "personvernforordningen art. 5 (1) d")


def test_what_a_reservation_does_has_the_reservation_as_its_basis(stage: Stage) -> None:
    fourth = "first paragraph, fourth sentence"
    stage.send()
    assert stage.reserve().status_code == 201
    stage.work()
    told = rows(stage)
    assert (LANDLORD, "reservation.made", fourth) in told
    assert {basis for _, action, basis in told if action in {"notice.blocked", "copy.not_sent"}} == {fourth}
    assert [action for _, action, _ in told].count("copy.not_sent") == 1


def test_what_an_operator_decides_leaves_its_trail(stage: Stage) -> None:
    stage.context.writer.submit_and_wait(PauseChannel("folder"))
    stage.context.writer.submit_and_wait(ResumeChannel("folder"))
    stage.context.writer.submit_and_wait(NewEpoch())
    assert [(actor, action) for actor, action, _ in rows(stage)] == [
        ("operator", "channel.paused"),
        ("operator", "channel.resumed"),
        ("operator", "feed.epoch_begun"),
    ]


def test_no_row_names_anybody(stage: Stage) -> None:
    stage.grant()
    stage.send(*both())
    stage.reserve("Ola Prøvesen", "15827520362")
    stage.work()
    with reading(stage.context.engine) as connection:
        everything = " ".join(f"{row}" for row in connection.execute(sa.select(audit_rows)))
    assert not [who for who in ("Kari", "Testperson", "Ola", "Prøvesen", KARI, "Sannergata") if who in everything]
