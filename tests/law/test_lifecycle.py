"""What each change brings about at each point of a notice's life: for Nav, the landlord's stream, tenants and office.

Two tenants; the office has an integration, or gets letters. LAW, cases 2 and 3; CONTRACT § Feed.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.notices.scenario import Stage, both
from tests.service import Service
from varsling.notices.service import sweep

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADDRESS = {"lines": ["Nygata 5"], "postal_code": "5003", "city": "Bergen"}


class Told(NamedTuple):
    """What came of a change: events, and letters to tenants (copies, second letters) and to the office."""

    nav: list[str]
    landlord: list[str]
    copies: int = 0
    second: int = 0
    office: int = 0
    status: str = ""


def accepted(stage: Stage) -> str:
    return str(stage.send(*both())["id"])


def half_dispatched(stage: Stage) -> str:
    notice = accepted(stage)
    stage.dispatch_to("Kari Testperson")
    return notice


def published(stage: Stage) -> str:
    notice = accepted(stage)
    stage.work()
    return notice


def fetched(stage: Stage) -> str:
    notice = published(stage)
    assert stage.fetch(notice).status_code == 200
    return notice


POINTS: dict[str, Callable[[Stage], str]] = {
    "accepted": accepted,
    "half dispatched": half_dispatched,
    "published": published,
    "fetched": fetched,
    "on paper": published,
}


def update(stage: Stage, notice: str) -> None:
    assert stage.change(notice, "update", {"deposited_amount": "100.00"}).status_code == 200
    stage.pass_time(timedelta(days=14))
    if stage.types():  # the integration is alive
        stage.events()


def contact(stage: Stage, notice: str) -> None:
    ola = next(one["id"] for one in stage.read(notice)["tenants"] if one["name"] == "Ola Prøvesen")
    assert stage.change(notice, "contact", {"tenant": ola, "postal_address": ADDRESS}).status_code == 200


def settle(stage: Stage, notice: str) -> None:
    assert stage.settle(notice).status_code == 200


def withdraw(stage: Stage, notice: str) -> None:
    assert stage.withdraw(notice, "mistake").status_code == 200


def wrong_person(stage: Stage, notice: str) -> None:
    assert stage.withdraw(notice, "wrong_person").status_code == 200


def reserve(stage: Stage, notice: str) -> None:
    del notice
    assert stage.reserve().status_code == 201


CHANGES: dict[str, Callable[[Stage, str], None]] = {
    "update": update,
    "contact": contact,
    "settlement": settle,
    "withdrawal": withdraw,
    "wrong person": wrong_person,
    "reservation": reserve,
}

_SENT = ["copy.dispatched", "copy.dispatched", "notice.sent"]
EXPECTED: dict[tuple[str, str], Told] = {
    # Two weeks went by before the worker came: an update's letter is never sooner.
    ("accepted", "update"): Told(["notice.sent"], [*_SENT, "notice.dates_changed"], 2, status="sent"),
    ("half dispatched", "update"): Told(["notice.sent"], [*_SENT, "notice.dates_changed"], 2, status="sent"),
    # Nobody has fetched it for two weeks: the office gets what is published as a letter too.
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
    # Kari has said no: the notice goes on for Ola alone, as long as no office has it.
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
    stage = Stage(service) if point == "on paper" else Stage.with_grant(service)
    notice = POINTS[point](stage)
    before = state(stage, notice)

    CHANGES[change](stage, notice)
    stage.pass_time(timedelta(minutes=10))  # what failed on its way is tried again
    stage.work()

    after, expected = state(stage, notice), EXPECTED[point, change]
    told = Told(
        after.nav[len(before.nav) :],
        after.landlord[len(before.landlord) :],
        after.copies - before.copies,
        after.second - before.second,
        after.office - before.office,
        after.status,
    )
    assert told == expected


def state(stage: Stage, notice: str) -> Told:
    told: Any = stage.read(notice)
    return Told(
        stage.types(),
        stage.types(stage.landlord),
        # Of the first worker's batch in "half dispatched" the letters went through a channel of the test's.
        len(stage.letters("copy")),
        len(stage.letters("second")),
        len(stage.letters("office")),
        told["status"],
    )


@SQLITE
@pytest.mark.parametrize("point", ["accepted", "published", "fetched", "on paper"])
def test_a_lapse_after_a_word_of_warning(new_service: Callable[..., Service], point: str) -> None:
    """Held copies of an accepted notice: nobody could send them for months, and nothing goes out any more."""
    service = new_service(lapse_days=20)
    stage = Stage(service) if point == "on paper" else Stage.with_grant(service)
    notice = POINTS[point](stage)
    copies = len(stage.letters("copy"))
    sweeps(stage, 34 if point == "on paper" else 30)  # a letter counts as received a week later
    assert stage.types(stage.landlord).count("notice.lapsing") == 1
    sweeps(stage, 40)
    assert stage.read(notice)["status"] == "lapsed"
    assert stage.types(stage.landlord)[-1] == "notice.lapsed"
    assert stage.types()[-1:] == ([] if point in ("accepted", "on paper") else ["notice.lapsed"])
    stage.work()
    assert (len(stage.letters("copy")), stage.letters("second")) == (copies, [])


def sweeps(stage: Stage, days: int) -> None:
    """What time alone brings about, without any letter being sent."""
    stage.pass_time(timedelta(days=days))
    sweep(stage.context)
    sweep(stage.context)
