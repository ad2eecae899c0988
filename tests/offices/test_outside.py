"""The common behaviour of the outside registers: Enhetsregisteret, Kartverket and NORG2, through their adapters."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from tests.landlords.enhetsregisteret import Simulator as EnhetsregisteretSimulator
from tests.landlords.enhetsregisteret import unit as landlord
from tests.offices.kartverket import Kartverket as KartverketSimulator
from tests.offices.kartverket import address
from tests.offices.norg2 import Norg2 as Norg2Simulator
from tests.service import LANDLORD
from varsling.landlords.enhetsregisteret import Enhetsregisteret
from varsling.lookup_cache import CachedLookup, Lifetime, NotAnswered
from varsling.offices.addresses import AddressQuestion
from varsling.offices.kartverket import Kartverket
from varsling.offices.norg2 import Norg2

HOUSE = AddressQuestion("Sannergata", 1, "B", "0557")


class Outside(NamedTuple):
    """A simulator, its adapter's call with a known question, and a call with an unknown one."""

    simulator: Any
    ask: Callable[[Any], Any]
    known: Any
    unknown: Any


def enhetsregisteret() -> tuple[Outside, Any]:
    simulator = EnhetsregisteretSimulator()
    simulator.units[LANDLORD] = landlord(LANDLORD)
    adapter = Enhetsregisteret(simulator.url, seconds=5)
    return Outside(simulator, adapter.registration, LANDLORD, "310332712"), adapter


def kartverket() -> tuple[Outside, Any]:
    simulator = KartverketSimulator()
    at = (59.9203, 10.7607)
    simulator.addresses = [address("Sannergata", 1, "B", postnummer="0557", kommunenummer="0301", at=at)]
    adapter = Kartverket(simulator.url, seconds=5)
    return Outside(simulator, adapter.find, HOUSE, HOUSE._replace(number=999)), adapter


def norg2() -> tuple[Outside, Any]:
    simulator = Norg2Simulator()
    adapter = Norg2(simulator.url, seconds=5)
    return Outside(simulator, adapter.office_of, "030102", "0301"), adapter


@pytest.fixture(params=[enhetsregisteret, kartverket, norg2], ids=lambda make: make.__name__)
def outside(request: pytest.FixtureRequest) -> Iterator[Outside]:
    found, adapter = request.param()
    with found.simulator:
        yield found
    adapter.close()


@pytest.mark.parametrize(
    "broken",
    [(500, b""), (503, b"{}"), (429, b""), (400, b"{}"), (302, b""), (200, b""), (200, b"<html>"), (200, b'"text"')],
    ids=["500", "503", "429", "400", "a redirect", "empty", "no JSON", "another shape"],
)
def test_what_is_no_answer_is_told_as_none(outside: Outside, broken: tuple[int, bytes]) -> None:
    outside.simulator.broken = broken
    with pytest.raises(NotAnswered):
        outside.ask(outside.known)


@pytest.mark.parametrize(
    ("adapter", "question"),
    [(Enhetsregisteret, LANDLORD), (Kartverket, HOUSE), (Norg2, "030102")],
    ids=["enhetsregisteret", "kartverket", "norg2"],
)
def test_nobody_there_is_no_answer(adapter: Callable[..., Any], question: Any) -> None:
    with socket.socket() as taken:  # bound but not listening, so a connection is refused
        taken.bind(("127.0.0.1", 0))
        client = adapter(f"http://127.0.0.1:{taken.getsockname()[1]}", seconds=5)
        ask = next(getattr(client, name) for name in ("registration", "find", "office_of") if hasattr(client, name))
        with pytest.raises(NotAnswered):
            ask(question)
        client.close()


def test_a_redirect_is_not_followed(outside: Outside) -> None:
    outside.simulator.broken = (307, b"")
    with pytest.raises(NotAnswered):
        outside.ask(outside.known)
    assert len(outside.simulator.calls) == 1


def test_not_known_there_is_an_answer(outside: Outside) -> None:
    assert outside.ask(outside.unknown) != outside.ask(outside.known)


@pytest.fixture
def fresh(outside: Outside) -> Iterator[CachedLookup[Any, Any]]:
    """Kept answers that never expire."""
    answers = CachedLookup("test", outside.ask, lambda _: Lifetime(timedelta(hours=1)))
    yield answers
    answers.close()


@pytest.fixture
def stale(outside: Outside) -> Iterator[CachedLookup[Any, Any]]:
    """Kept answers that expire at once."""
    answers = CachedLookup("test", outside.ask, lambda _: Lifetime(timedelta(days=-1)))
    yield answers
    answers.close()


def test_an_answer_is_kept(outside: Outside, fresh: CachedLookup[Any, Any]) -> None:
    first = fresh.known([outside.known, outside.unknown], 30)
    calls = len(outside.simulator.calls)
    assert fresh.known([outside.known, outside.unknown], 30) == first
    assert set(first) == {outside.known, outside.unknown}
    assert len(outside.simulator.calls) == calls


def test_an_old_answer_is_asked_for_again_and_counts_in_an_outage(
    outside: Outside, stale: CachedLookup[Any, Any]
) -> None:
    first = stale.known([outside.known], 30)
    assert set(first) == {outside.known}
    calls = len(outside.simulator.calls)
    outside.simulator.broken = (500, b"")
    assert stale.known([outside.known], 30) == first
    assert len(outside.simulator.calls) > calls


def test_one_that_must_not_outlive_its_register_does_not(outside: Outside) -> None:
    answers = CachedLookup("test", outside.ask, lambda _: Lifetime(timedelta(days=-1), outlives_outage=False))
    assert answers.known([outside.known], 30) == {}
    answers.close()


def test_a_slow_one_is_asked_once_by_all_and_answers_the_next(outside: Outside, fresh: CachedLookup[Any, Any]) -> None:
    outside.simulator.free.clear()
    assert fresh.known([outside.known], 0.05) == {}
    waiting = [threading.Thread(target=fresh.known, args=([outside.known], 30)) for _ in range(5)]
    for one in waiting:
        one.start()
    outside.simulator.free.set()
    for one in waiting:
        one.join(30)
    assert outside.known in fresh.remembered([outside.known])
    assert len(outside.simulator.calls) == 1


def test_one_that_is_away_is_left_alone_for_a_while(outside: Outside, fresh: CachedLookup[Any, Any]) -> None:
    outside.simulator.broken = (500, b"")
    for _ in range(20):
        assert fresh.known([outside.known], 30) == {}
    assert len(outside.simulator.calls) == 5
