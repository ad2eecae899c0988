"""P11, our own: what a call, a sweep and an operator's question cost among ten thousand, a hundred thousand, a million
stored notices."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from tests.bench.measuring import Figure
from tests.bench.serving import Installation, installation
from tests.growth import grow
from tests.notices.scenario import Scenario, tenant
from tests.service import Service
from varsling.notices import overview
from varsling.notices import service as notices
from varsling.notices.schemas.examples import NOTICE

FULL = False
SIZES = (10_000, 100_000)
_CALLS = 15


def figures() -> Iterator[Figure]:
    sizes = (*SIZES, 1_000_000) if FULL else SIZES
    for database in ("postgresql", "sqlite"):
        taken: dict[str, list[float]] = {}
        for size in sizes:
            with installation(database) as made, _stage(made) as stage:
                _fill(stage, size)
                for what, seconds in _costs(stage).items():
                    taken.setdefault(what, []).append(seconds)
        told = ", ".join(f"{size:,}" for size in sizes)
        for what, all_sizes in taken.items():
            times = " – ".join(f"{1000 * one:.1f}" for one in all_sizes)
            grown = all_sizes[-1] / all_sizes[0]
            yield Figure("P11", f"{what}, {database}: ms among {told}", grown, "×", 1.5, 1.2, False, times)


@contextmanager
def _stage(made: Installation) -> Iterator[Scenario]:
    service = Service(made.settings)
    service.start()
    yield Scenario.with_grant(service)
    service.stop()


def _fill(stage: Scenario, size: int) -> None:
    """Store closed notices of one organisation, and some that are open."""
    closed = stage.send(**_named("CLOSED"))["id"]
    stage.work()
    assert stage.fetch(closed).status_code == 200
    assert stage.settle(closed).status_code == 200
    stage.work()
    grow(stage.context.engine, size)
    for number in range(30):
        stage.send(_person(number), **_named(f"OPEN-{number}"))
    stage.work()
    stage.send(_person(99), **_named("WAITS"))


def _person(number: int) -> dict[str, Any]:
    return tenant("Kari Testperson", birth_date=f"{1950 + number % 50}-{1 + number // 50:02}-02")


def _named(reference: str) -> dict[str, Any]:
    return {"reference": reference, "lease": NOTICE["lease"] | {"reference": reference}}


def _costs(stage: Scenario) -> dict[str, float]:
    numbers = iter(range(100, 10_000))
    open_notice = stage.landlord.get("/v1/notices?reference=OPEN-3").json()["items"][0]["id"]
    since = (stage.now - timedelta(minutes=1)).isoformat()
    lists: dict[str, dict[str, str]] = {
        "list": {},
        "list by reference": {"reference": "OPEN-4"},
        "list by lease": {"lease": "OPEN-5"},
        "list by status": {"status": "accepted"},
        "list by what is new": {"updated_since": since},
        "list by petition": {"petition_recommended_before": "2030-01-01"},
    }

    def accept() -> None:
        number = next(numbers)
        stage.send(_person(number), **_named(f"NEW-{number}"))

    def sent() -> Callable[[], object]:
        accept()
        return stage.work

    costs = {"accept": _median(accept), "read": _median(lambda: stage.read(open_notice))}
    for what, query in lists.items():
        listing = partial(stage.landlord.get, "/v1/notices", params=query)
        assert listing().json()["items"], what
        costs[what] = _median(listing)
    costs["copy and publication"] = _median_of(sent)
    costs["a worker's look"] = _median(stage.work)
    costs["sweep"] = _median(lambda: notices.sweep(stage.context))
    costs["notices held"] = _median(lambda: overview.held_notices(stage.context))
    costs["the office's read"] = _median(lambda: stage.fetch(open_notice).raise_for_status())
    costs["a page of the stream"] = _median(lambda: stage.nav.get("/v1/feed?limit=100").raise_for_status())
    return costs


def _median(work: Callable[[], object]) -> float:
    return _median_of(lambda: work)


def _median_of(prepare: Callable[[], Callable[[], object]]) -> float:
    taken = []
    for _ in range(_CALLS + 1):
        work = prepare()
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])
