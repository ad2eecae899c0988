"""In any order of changes, no office comes before the tenants (3), and no notice ends silently (7)."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from tests.dispatch.channels import ListChannel, dispatcher
from tests.notices.scenario import Scenario, tenant
from tests.service import Service
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Dispatched, Outcome, Parcel, Permanent, Retry, Unknown
from varsling.deliveries.tables import deliveries
from varsling.feed.service import GrantKind
from varsling.notices.service import sweep
from varsling.notices.tables import notice_versions

pytestmark = pytest.mark.slow

OBSERVER = "313367002"
NUMBERS = count()


class Life:
    """One notice about two tenants, and every change to it."""

    def __init__(self, scenario: Scenario, observer: httpx.Client) -> None:
        self.scenario = scenario
        self.observer = observer
        number = next(NUMBERS)
        born = [date(1930 + 30 * place, 1, 1) + timedelta(days=number) for place in (0, 1)]
        self.people = [
            tenant(name, birth_date=f"{day}") for name, day in zip(("Ane Prøve", "Ole Test"), born, strict=True)
        ]
        self.lease = f"LIFE-{number}"
        body = scenario.body(*self.people, reference=self.lease, planned_petition_date=None)
        answer = scenario.landlord.post("/v1/notices", json=body | {"lease": body["lease"] | {"reference": self.lease}})
        assert answer.status_code == 201, answer.text
        self.notice = str(answer.json()["id"])
        self.tenants = [str(one["id"]) for one in answer.json()["tenants"]]

    def work(self, outcome: Callable[[Parcel], Outcome]) -> None:
        dispatcher(self.scenario.context, ListChannel(answer=outcome)).step()

    def only(self, place: int, otherwise: Outcome) -> None:
        """The letter to one tenant goes; the other's does not."""
        name = self.people[place]["name"]
        self.work(lambda parcel: Dispatched() if parcel.address[0] == name else otherwise)

    def reserve(self, place: int) -> None:
        self.scenario.reserve(lease=self.lease, tenant=self.people[place])

    def contact(self, place: int) -> None:
        body = {"tenant": self.tenants[place], "email": "ny@mail.example"}
        self.scenario.change(self.notice, "contact", body)

    def later(self, **by: int) -> None:
        self.scenario.pass_time(timedelta(**by))
        sweep(self.scenario.context)


STEPS: dict[str, Callable[[Life], Any]] = {
    "all letters go": lambda life: life.work(lambda _: Dispatched()),
    "the first tenant's goes": lambda life: life.only(0, Retry()),
    "the second's goes, the first's never": lambda life: life.only(1, Permanent("refused")),
    "answers are lost": lambda life: life.work(lambda _: Unknown()),
    "the first reserves": lambda life: life.reserve(0),
    "the second reserves": lambda life: life.reserve(1),
    "it is updated": lambda life: life.scenario.change(life.notice, "update", {"deposited_amount": "10.00"}),
    "the first moves": lambda life: life.contact(0),
    "it is paid": lambda life: life.scenario.settle(life.notice),
    "it was a mistake": lambda life: life.scenario.withdraw(life.notice),
    "the office fetches": lambda life: life.scenario.fetch(life.notice),
    "an hour passes": lambda life: life.later(hours=1),
    "a fortnight passes": lambda life: life.later(days=14),
}
lives = st.lists(st.sampled_from(sorted(STEPS)), min_size=2, max_size=9)


@pytest.mark.parametrize("active", [True, False], ids=["integration", "letters"])
def test_every_life_keeps_to_the_order_and_comes_to_an_end(service: Service, active: bool) -> None:
    scenario = Scenario(service)
    scenario.grant(kind=GrantKind.OBSERVE, organisation=OBSERVER)
    if active:
        scenario.grant()

    observer = service.nav(OBSERVER)

    @hypothesis.settings(max_examples=20, phases=[hypothesis.Phase.generate])
    @hypothesis.given(steps=lives)
    def lived(steps: list[str]) -> None:
        life = Life(scenario, observer)
        for step in steps:
            STEPS[step](life)
            no_office_before_the_tenants(life)
        for _ in range(3):  # waits of a retry, of a second letter, and of the notice's end
            life.later(days=60)
            scenario.work()
        no_office_before_the_tenants(life)
        nothing_is_silent(life)

    lived()
    with reading(scenario.context.engine) as connection:
        published = sa.select(sa.func.count()).where(notice_versions.c.published_at.is_not(None))
        assert connection.scalar(published), "no life came as far as an office"


def no_office_before_the_tenants(life: Life) -> None:
    """Check the office's view and the rows themselves."""
    seen = life.observer.get(f"/v1/feed/notices/{life.notice}")
    events = [one for one in life.scenario.events() if one["notice"] == life.notice]
    told = [one for one in events if one["type"] in {"notice.sent", "notice.updated"}]
    if seen.status_code == 200:
        assert all(one["copy"]["dispatched_at"] for one in seen.json()["tenants"])
    with reading(life.scenario.context.engine) as connection:
        copies = deliveries.c
        mine = connection.execute(
            sa.select(copies.version, copies.status, copies.dispatched_at, notice_versions.c.published_at)
            .join(notice_versions, notice_versions.c.notice_id == copies.notice_id)
            .where(notice_versions.c.version == copies.version, copies.kind == "copy")
            .where(copies.notice_id == UUID(life.notice))
        ).all()
    published = [one for one in mine if one.published_at is not None]
    assert all(one.status in {"dispatched", "not_sent"} for one in published)
    assert all(one.dispatched_at <= one.published_at for one in published if one.status == "dispatched")
    assert bool(told) <= bool(published)


def nothing_is_silent(life: Life) -> None:
    notice = life.scenario.read(life.notice)
    assert notice["status"] != "accepted"
    assert (notice["blocked"] is not None) is (notice["status"] == "blocked")
    assert {one["copy"]["status"] for one in notice["tenants"]} <= {"dispatched", "undeliverable", "not_sent"}
    with reading(life.scenario.context.engine) as connection:
        ended = connection.execute(sa.select(deliveries.c.status, deliveries.c.reason)).all()
    assert {one.status for one in ended} <= {"dispatched", "undeliverable", "not_sent"}
    assert all(one.reason for one in ended if one.status != "dispatched")
