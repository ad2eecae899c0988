"""The effect of each change at each point of a notice's life, on NAV, the landlord's stream, tenants and office.

Two tenants; the office has an integration, or gets letters. LAW, cases 2 and 3; CONTRACT § Feed.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.notices.scenario import Scenario, both
from tests.service import Service
from varsling.notices.service import sweep

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADDRESS = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}


class Told(NamedTuple):
    """A change's effect: events, and letters to tenants (copies, second letters) and to the office."""

    nav: list[str]
    landlord: list[str]
    copies: int = 0
    second: int = 0
    office: int = 0
    status: str = ""


def accepted(scenario: Scenario) -> str:
    return str(scenario.send(*both())["id"])


def half_dispatched(scenario: Scenario) -> str:
    notice = accepted(scenario)
    scenario.dispatch_to("Kari Testperson")
    return notice


def published(scenario: Scenario) -> str:
    notice = accepted(scenario)
    scenario.work()
    return notice


def fetched(scenario: Scenario) -> str:
    notice = published(scenario)
    assert scenario.fetch(notice).status_code == 200
    return notice


POINTS: dict[str, Callable[[Scenario], str]] = {
    "accepted": accepted,
    "half dispatched": half_dispatched,
    "published": published,
    "fetched": fetched,
    "on paper": published,
}


def update(scenario: Scenario, notice: str) -> None:
    assert scenario.change(notice, "update", {"deposited_amount": "100.00"}).status_code == 200
    scenario.pass_time(timedelta(days=14))
    if scenario.types():  # the integration still polls
        scenario.events()


def contact(scenario: Scenario, notice: str) -> None:
    ola = next(one["id"] for one in scenario.read(notice)["tenants"] if one["name"] == "Ola Prøvesen")
    assert scenario.change(notice, "contact", {"tenant": ola, "postal_address": ADDRESS}).status_code == 200


def settle(scenario: Scenario, notice: str) -> None:
    assert scenario.settle(notice).status_code == 200


def withdraw(scenario: Scenario, notice: str) -> None:
    assert scenario.withdraw(notice, "mistake").status_code == 200


def wrong_person(scenario: Scenario, notice: str) -> None:
    assert scenario.withdraw(notice, "wrong_person").status_code == 200


def reserve(scenario: Scenario, notice: str) -> None:
    del notice
    assert scenario.reserve().status_code == 201


CHANGES: dict[str, Callable[[Scenario, str], None]] = {
    "update": update,
    "contact": contact,
    "settlement": settle,
    "withdrawal": withdraw,
    "wrong person": wrong_person,
    "reservation": reserve,
}

_SENT = ["copy.dispatched", "copy.dispatched", "notice.sent"]
EXPECTED: dict[tuple[str, str], Told] = {
    # The worker comes two weeks later, the soonest moment for an update's letter.
    ("accepted", "update"): Told(["notice.sent"], [*_SENT, "notice.dates_changed"], 2, status="sent"),
    ("half dispatched", "update"): Told(["notice.sent"], [*_SENT, "notice.dates_changed"], 2, status="sent"),
    # The integration has not fetched for two weeks, so the office gets letters too.
    ("published", "update"): Told(
        ["notice.updated"], ["copy.dispatched", "copy.dispatched", "notice.updated"], 2, office=1, status="sent"
    ),
    ("fetched", "update"): Told(
        ["notice.updated"], ["copy.dispatched", "copy.dispatched", "notice.updated"], 2, status="received"
    ),
    ("on paper", "update"): Told(
        [],
        ["notice.received", "notice.dates_changed", "copy.dispatched", "copy.dispatched", "notice.updated"],
        2,
        office=1,
        status="received",
    ),
    ("accepted", "contact"): Told(["notice.sent"], _SENT, 2, status="sent"),
    ("half dispatched", "contact"): Told(["notice.sent"], ["copy.dispatched", "notice.sent"], 1, status="sent"),
    ("published", "contact"): Told([], [], status="sent"),
    ("fetched", "contact"): Told([], [], status="received"),
    ("on paper", "contact"): Told([], [], status="sent"),
    ("accepted", "settlement"): Told([], ["notice.settled"], status="settled"),
    ("half dispatched", "settlement"): Told([], ["notice.settled"], second=1, status="settled"),
    ("published", "settlement"): Told(["notice.settled"], ["notice.settled"], second=2, status="settled"),
    ("fetched", "settlement"): Told(["notice.settled"], ["notice.settled"], second=2, status="settled"),
    ("on paper", "settlement"): Told([], ["notice.settled"], second=2, office=1, status="settled"),
    ("accepted", "withdrawal"): Told([], ["notice.withdrawn"], status="withdrawn"),
    ("half dispatched", "withdrawal"): Told([], ["notice.withdrawn"], second=1, status="withdrawn"),
    ("published", "withdrawal"): Told(["notice.withdrawn"], ["notice.withdrawn"], second=2, status="withdrawn"),
    ("fetched", "withdrawal"): Told(["notice.withdrawn"], ["notice.withdrawn"], second=2, status="withdrawn"),
    ("on paper", "withdrawal"): Told([], ["notice.withdrawn"], second=2, office=1, status="withdrawn"),
    ("accepted", "wrong person"): Told([], ["notice.withdrawn"], status="withdrawn"),
    ("half dispatched", "wrong person"): Told([], ["notice.withdrawn"], second=1, status="withdrawn"),
    ("published", "wrong person"): Told(["notice.withdrawn"], ["notice.withdrawn"], second=2, status="withdrawn"),
    ("fetched", "wrong person"): Told(["notice.withdrawn"], ["notice.withdrawn"], second=2, status="withdrawn"),
    ("on paper", "wrong person"): Told([], ["notice.withdrawn"], second=2, office=1, status="withdrawn"),
    # Kari reserved: the notice goes on for Ola alone, as long as no office has it.
    ("accepted", "reservation"): Told(
        ["notice.sent"], ["reservation.made", "copy.dispatched", "notice.sent"], 1, status="sent"
    ),
    ("half dispatched", "reservation"): Told(
        ["notice.sent"], ["reservation.made", "copy.dispatched", "notice.sent"], 1, second=1, status="sent"
    ),
    ("published", "reservation"): Told([], ["reservation.made"], second=1, status="sent"),
    ("fetched", "reservation"): Told([], ["reservation.made"], status="received"),
    ("on paper", "reservation"): Told([], ["reservation.made"], status="sent"),
}


def test_the_table_is_whole() -> None:
    assert EXPECTED.keys() == {(point, change) for point in POINTS for change in CHANGES}


@SQLITE
@pytest.mark.parametrize(("point", "change"), EXPECTED, ids=[" then ".join(pair) for pair in EXPECTED])
def test_what_a_change_brings_about(service: Service, point: str, change: str) -> None:
    scenario = Scenario(service) if point == "on paper" else Scenario.with_grant(service)
    notice = POINTS[point](scenario)
    before = state(scenario, notice)

    CHANGES[change](scenario, notice)
    scenario.pass_time(timedelta(minutes=10))  # the failed letter is tried again
    scenario.work()

    after, expected = state(scenario, notice), EXPECTED[point, change]
    told = Told(
        after.nav[len(before.nav) :],
        after.landlord[len(before.landlord) :],
        after.copies - before.copies,
        after.second - before.second,
        after.office - before.office,
        after.status,
    )
    assert told == expected


def state(scenario: Scenario, notice: str) -> Told:
    told: Any = scenario.read(notice)
    return Told(
        scenario.types(),
        scenario.types(scenario.landlord),
        # In "half dispatched" the first batch went through a channel of the test's.
        len(scenario.letters("copy")),
        len(scenario.letters("second")),
        len(scenario.letters("office")),
        told["status"],
    )


@SQLITE
@pytest.mark.parametrize("point", ["accepted", "published", "fetched", "on paper"])
def test_a_lapse_after_a_word_of_warning(new_service: Callable[..., Service], point: str) -> None:
    """The copies of an accepted notice stay paused for months, so no letter goes out; who has a copy is told."""
    service = new_service(lapse_days=20)
    scenario = Scenario(service) if point == "on paper" else Scenario.with_grant(service)
    notice = POINTS[point](scenario)
    copies = len(scenario.letters("copy"))
    sweeps(scenario, 34 if point == "on paper" else 30)  # a letter counts as received after a week
    assert scenario.types(scenario.landlord).count("notice.lapsing") == 1
    sweeps(scenario, 40)
    assert scenario.read(notice)["status"] == "lapsed"
    assert scenario.types(scenario.landlord)[-1] == "notice.lapsed"
    assert scenario.types()[-1:] == ([] if point in ("accepted", "on paper") else ["notice.lapsed"])
    scenario.work()
    told = [text for text in scenario.texts_of("second") if "er blitt for gammelt" in text]
    assert (len(scenario.letters("copy")), len(told)) == (copies, 0 if point == "accepted" else copies)
    assert all("Saken kan gå videre likevel" in text for text in told)


def sweeps(scenario: Scenario, days: int) -> None:
    """Effects of time alone, without any letter."""
    scenario.pass_time(timedelta(days=days))
    sweep(scenario.context)
    sweep(scenario.context)
