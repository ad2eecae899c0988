"""A stream has no gaps and no late arrivals, whatever its writers do (guarantee 5); the control has both."""

import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.database.conftest import until
from tests.feed.process import main
from tests.feed.streams import ALFA, BETA, OFFICE, SEAL, assert_unbroken, everything, names, page
from tests.processes import Companion, accompany
from varsling.database.engine import connect_for_writing, create_engine, reading
from varsling.database.writer import Writer
from varsling.feed.service import Grant, GrantKind

pytestmark = pytest.mark.slow

INTEGRATION = "312687772"
PROCESSES = 4
WRITERS_EACH = 4
CHANGES = 12
VICTIMS = 3
LONGEST_PAUSE_SECONDS = 0.02
HELD = "writer.before-commit"


def start(
    url: str, how: str, name: str, writers: int, changes: int, taken_back: float = 0.2, **environment: str
) -> Companion:
    return accompany(main, url, how, name, writers, changes, taken_back, environment=os.environ | environment)


def go(processes: Sequence[Companion]) -> None:
    for process in processes:
        process.wait_until_ready()
    for process in processes:
        process.go()


def sixteen(url: str, how: str) -> list[Companion]:
    return [start(url, how, f"writer{number}", WRITERS_EACH, CHANGES) for number in range(PROCESSES)]


def committed(processes: Sequence[Companion]) -> list[list[str]]:
    """Read each process's committed names, in its order."""
    told = [process.told() for process in processes]
    assert [process.process.exitcode for process in processes] == [0] * len(processes)
    return told


class Tail:
    """A reader thread that follows one stream with pages of random sizes until the writers are done."""

    def __init__(self, url: str, organisation: str, seed: int) -> None:
        self._engine = create_engine(url, pool_size=1)
        self._organisation = organisation
        self._dice = random.Random(seed)
        self.events: list[dict[str, Any]] = []

    def follow(self, ended: threading.Event) -> None:
        after = None
        last_round = False
        while True:
            new, following = page(self._engine, self._organisation, after, self._dice.randint(1, 20))
            after = SEAL.read(self._organisation, following)
            self.events += new
            if last_round and not new:
                self._engine.dispose()
                return
            last_round = ended.wait(self._dice.uniform(0, LONGEST_PAUSE_SECONDS))


class NaiveTail:
    """`WHERE seq > cursor` over a sequence: the usual first attempt."""

    def __init__(self, url: str, seed: int) -> None:
        self._engine = create_engine(url, pool_size=1)
        self._dice = random.Random(seed)
        self.seen: list[str] = []

    def follow(self, ended: threading.Event) -> None:
        cursor = 0
        last_round = False
        while True:
            with reading(self._engine) as connection:
                found = connection.execute(
                    sa.text("SELECT seq, name FROM naive WHERE seq > :cursor ORDER BY seq LIMIT :limit"),
                    {"cursor": cursor, "limit": self._dice.randint(1, 20)},
                ).all()
            self.seen += [row.name for row in found]
            cursor = found[-1].seq if found else cursor
            if last_round and not found:
                self._engine.dispose()
                return
            last_round = ended.wait(self._dice.uniform(0, LONGEST_PAUSE_SECONDS))


@contextmanager
def followed(tails: Sequence[Tail | NaiveTail]) -> Iterator[None]:
    """Run while the tails follow; at the end they have read everything."""
    ended = threading.Event()
    with ThreadPoolExecutor(len(tails)) as pool:
        following: list[Future[None]] = [pool.submit(tail.follow, ended) for tail in tails]
        try:
            yield
        finally:
            ended.set()
        for one in following:
            one.result()


class Victim:
    """A writer to be killed after it gave out positions and before it commits."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        folder.mkdir()
        (folder / f"{HELD}.hold").touch()
        self._reached = folder / f"{HELD}.reached"
        self._process = start(url, "append", name, 1, 1, taken_back=0, VARSLING_FAILPOINTS=str(folder))

    def kill_holding(self) -> None:
        go([self._process])
        until(self._reached.exists)
        self._process.process.kill()
        assert self._process.told() == []


def test_streams_under_writers_that_overlap_fail_and_die(
    writer: Writer, database_url: str, engine: sa.Engine, tmp_path: Path
) -> None:
    writer.submit_and_wait(Grant(INTEGRATION, OFFICE, GrantKind.RECEIVE, lambda _transaction, _office: ()))
    streams = (ALFA, BETA, INTEGRATION)
    tails = [Tail(database_url, organisation, seed) for seed, organisation in enumerate((*streams, ALFA))]
    processes = sixteen(database_url, "append")
    victims = [Victim(database_url, f"victim{number}", tmp_path / f"{number}") for number in range(VICTIMS)]
    with followed(tails):
        go(processes)
        for number, victim in enumerate(victims, 1):
            until(lambda least=number * 30: len(tails[0].events) >= least)  # type: ignore[misc]  # bound at once
            victim.kill_holding()
        told = committed(processes)
    for tail in tails:
        assert_unbroken(tail.events)
        assert sorted(names(tail.events)) == sorted(name for one in told for name in one)
        for name in (f"writer{number}.{place}-" for number in range(PROCESSES) for place in range(WRITERS_EACH)):
            # Each writer's events stand in the order of its commits.
            in_order = [event for one in told for event in one if event.startswith(name)]
            assert [event for event in names(tail.events) if event.startswith(name)] == in_order
    for organisation, tail in zip(streams, tails, strict=False):
        assert everything(engine, organisation) == tail.events


def test_the_control_a_sequence_and_a_greater_than_lose_rows(
    postgresql_url: str, record_property: Callable[[str, object], None]
) -> None:
    """If the control lost no row, the test above would prove nothing."""
    engine = create_engine(postgresql_url)
    with connect_for_writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE naive (seq bigserial PRIMARY KEY, name text NOT NULL)")
        connection.commit()
    tails = [NaiveTail(postgresql_url, seed) for seed in range(2)]
    processes = sixteen(postgresql_url, "naive")
    with followed(tails):
        # One more writer commits after the readers have passed its number: the loss is no matter of luck.
        with connect_for_writing(engine) as connection:
            connection.exec_driver_sql("INSERT INTO naive (name) VALUES ('held')")
            go(processes)
            until(lambda: all(tail.seen for tail in tails))
            connection.commit()
        told = {name for one in committed(processes) for name in one} | {"held"}
    engine.dispose()
    for tail in tails:
        assert set(tail.seen) < told
    record_property("account", f"{len(told)} rows, {len(told) - len(tails[0].seen)} lost")


def test_a_stream_goes_on_after_a_kill_and_a_restart(engine: sa.Engine, database_url: str, tmp_path: Path) -> None:
    first, victim = start(database_url, "append", "first", 1, 5), Victim(database_url, "victim", tmp_path / "victim")
    second = start(database_url, "append", "second", 1, 5)
    go([first])
    told = committed([first])[0]
    victim.kill_holding()
    go([second])
    told += committed([second])[0]
    assert names(everything(engine, ALFA)) == told
    assert_unbroken(everything(engine, ALFA))
