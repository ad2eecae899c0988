"""Each change leaves an audit row with actor, action, time and legal basis, and nothing about the tenant."""

import pytest
import sqlalchemy as sa

from tests.notices.scenario import KARI, Scenario, both
from tests.service import LANDLORD, NAV, Service
from varsling.database.engine import reading
from varsling.deliveries.service import PauseChannel, ResumeChannel
from varsling.feed.upkeep import NewEpoch
from varsling.privacy.tables import audit_rows


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def rows(scenario: Scenario) -> list[tuple[str, str, str]]:
    with reading(scenario.context.engine) as connection:
        columns = audit_rows.c
        found = connection.execute(sa.select(columns.actor, columns.action, columns.basis).order_by(columns.id))
        return [(one.actor, one.action, one.basis.removeprefix("husleieloven § 9-11 ")) for one in found]


def test_a_life_leaves_its_trail(scenario: Scenario) -> None:
    first, second = "first paragraph, first to third sentence", "second paragraph"
    scenario.grant()
    notice = scenario.send(*both())["id"]
    scenario.work()
    assert scenario.fetch(notice).status_code == 200
    assert scenario.settle(notice).status_code == 200
    scenario.work()
    told = rows(scenario)
    assert told[:2] == [("operator", "grant.made", "decision of the operator"), (LANDLORD, "notice.accepted", first)]
    assert told[2:5] == [("worker", "copy.dispatched", second)] * 2 + [("varsling", "notice.sent", first)]
    assert (NAV, "notice.fetched", first) in told
    assert (LANDLORD, "notice.settled", first) in told
    assert told[-1] == ("worker", "letter.dispatched", "personvernforordningen art. 5 (1) d")


def test_what_a_reservation_does_has_the_reservation_as_its_basis(scenario: Scenario) -> None:
    fourth = "first paragraph, fourth sentence"
    scenario.send()
    assert scenario.reserve().status_code == 201
    scenario.work()
    told = rows(scenario)
    assert (LANDLORD, "reservation.made", fourth) in told
    assert {basis for _, action, basis in told if action in {"notice.blocked", "copy.not_sent"}} == {fourth}
    assert [action for _, action, _ in told].count("copy.not_sent") == 1


def test_what_an_operator_decides_leaves_its_trail(scenario: Scenario) -> None:
    scenario.context.writer.submit_and_wait(PauseChannel("folder"))
    scenario.context.writer.submit_and_wait(ResumeChannel("folder"))
    scenario.context.writer.submit_and_wait(NewEpoch())
    assert [(actor, action) for actor, action, _ in rows(scenario)] == [
        ("operator", "channel.paused"),
        ("operator", "channel.resumed"),
        ("operator", "feed.epoch_begun"),
    ]


def test_no_row_names_anybody(scenario: Scenario) -> None:
    scenario.grant()
    scenario.send(*both())
    scenario.reserve("Ola Prøvesen", "15827520362")
    scenario.work()
    with reading(scenario.context.engine) as connection:
        everything = " ".join(f"{row}" for row in connection.execute(sa.select(audit_rows)))
    assert not [who for who in ("Kari", "Testperson", "Ola", "Prøvesen", KARI, "Sannergata") if who in everything]
