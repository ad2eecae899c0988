"""The writer while rows are locked, other processes write, the database goes away, or its process is killed."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa

from tests.database.conftest import submit_all, together, until
from tests.database.process import main
from tests.database.samples import Gate, Put, create_rows, keys_in, rows
from tests.postgres import Server
from tests.processes import Companion, accompany
from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import connect_for_writing, create_engine, reading
from varsling.database.migrate import upgrade
from varsling.database.writer import Writer
from varsling.domain.problems import RequestInProgress, Unavailable

pytestmark = pytest.mark.slow

MakeWriter = Callable[..., Writer]
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def start_process(url: str, seed: str, keys: Sequence[str], **environment: str) -> Companion:
    return accompany(main, url, seed, keys, environment=os.environ | environment)


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_four_processes_with_the_same_keys_in_random_order(prepared: sa.Engine) -> None:
    keys = [f"{number:03}" for number in range(400)]
    processes = [start_process(url_of(prepared), f"{seed}", keys) for seed in range(4)]
    for process in processes:
        process.wait_until_ready()
    before = deadlocks(prepared)
    for process in processes:
        process.go()
    outcomes: Counter[str] = sum((told for process in processes for told in process.told()), Counter())
    assert outcomes == {"stored": 400, "present": 1200}
    assert keys_in(prepared) == set(keys)
    assert deadlocks(prepared) == before


def deadlocks(engine: sa.Engine) -> int:
    """Count the database's deadlocks so far: it may have served another test."""
    if engine.dialect.name != "postgresql":
        return 0
    with reading(engine) as connection:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.exec_driver_sql(query).scalar_one())


@on_postgresql
def test_a_key_that_another_process_stores_first_is_seen(new_writer: MakeWriter, prepared: sa.Engine) -> None:
    first, second = new_writer(), new_writer()
    gate = Gate("5")
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(first.submit_and_wait, gate)
        assert gate.entered.wait(60)
        changes = [Put(f"{number}") for number in range(8)]
        waiting = pool.submit(lambda: asyncio.run(submit_all(second, changes, lambda: None)))
        until(lambda: bool(Put.sizes) and is_blocked(prepared))
        gate.release.set()
        assert held.result() == "stored"
        outcomes = waiting.result()
    assert outcomes == ["stored"] * 5 + ["present"] + ["stored"] * 2
    assert keys_in(prepared) == {f"{number}" for number in range(8)}


def is_blocked(engine: sa.Engine) -> bool:
    with reading(engine) as connection:
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        return bool(connection.exec_driver_sql(blocked).scalar_one())


@dataclass(frozen=True, slots=True)
class Touch(Change[str]):
    """Changes rows in the given order; after the first it signals and waits for `go_on`."""

    keys: tuple[str, ...]
    began: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event | None = None
    idempotency_key: str | None = None

    applied: ClassVar[list[tuple[str, ...]]] = []

    def apply(self, transaction: Transaction) -> str:
        self.applied.append(self.keys)
        for key in self.keys:
            transaction.connection.execute(sa.update(rows).where(rows.c.key == key).values(value="touched"))
            self.began.set()
            if self.go_on is not None and not self.go_on.wait(60):
                raise TimeoutError
        return "touched"


@on_postgresql
def test_a_deadlock_is_run_again(new_writer: MakeWriter, prepared: sa.Engine) -> None:
    first, second = new_writer(), new_writer()
    for key in ("a", "b"):
        first.submit_and_wait(Put(key))
    Touch.applied.clear()
    there, back = Touch(("a", "b")), Touch(("b", "a"))
    there, back = replace(there, go_on=back.began), replace(back, go_on=there.began)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda writer, change: writer.submit_and_wait(change), (first, second), (there, back)))
    assert outcomes == ["touched", "touched"]
    assert len(Touch.applied) > 2


@contextlib.contextmanager
def held(engine: sa.Engine, key: str) -> Iterator[None]:
    """Another process is about to store this key, so any other writer of the key waits."""
    with connect_for_writing(engine) as connection:
        connection.execute(rows.insert().values(key=key, value="held"))
        yield


def with_option(engine: sa.Engine, option: str) -> str:
    """The address with a shorter lock wait, so that the test need not sit out the usual one."""
    return engine.url.update_query_dict({"options": f"-c {option}"}).render_as_string(hide_password=False)


@on_postgresql
def test_a_row_that_another_process_holds_too_long(new_writer: MakeWriter, prepared: sa.Engine) -> None:
    writer = new_writer(with_option(prepared, "lock_timeout=200ms"))
    changes = [Put(f"{number}") for number in range(8)]
    changes[5] = Put("held", idempotency_key="key")
    with held(prepared, "held"):
        outcomes = together(writer, *changes)
        assert isinstance(outcomes.pop(5), RequestInProgress)
        assert outcomes == ["stored"] * 7
        with pytest.raises(Unavailable):
            writer.submit_and_wait(Put("held"))
    assert writer.submit_and_wait(Put("held", idempotency_key="key")) == "stored"


@pytest.fixture
def own_engine(own_server: Server) -> Iterator[sa.Engine]:
    engine = create_engine(own_server.url("postgres"))
    upgrade(engine)
    create_rows(engine)
    yield engine
    engine.dispose()


@on_postgresql
def test_a_database_that_goes_and_comes_back(new_writer: MakeWriter, own_server: Server, own_engine: sa.Engine) -> None:
    writer = new_writer(own_server.url("postgres"))
    assert writer.submit_and_wait(Put("before")) == "stored"
    gate = Gate()
    with ThreadPoolExecutor(2) as pool:
        open_transaction = pool.submit(writer.submit_and_wait, gate)
        assert gate.entered.wait(60)
        waiting = pool.submit(writer.submit_and_wait, Put("waiting"))
        own_server.stop()
        gate.release.set()
        for lost in (open_transaction, waiting):
            assert isinstance(lost.exception(60), Unavailable)
    with pytest.raises(Unavailable):
        writer.submit_and_wait(Put("meanwhile"))
    own_server.start()
    assert writer.submit_and_wait(Put("after")) == "stored"
    assert keys_in(own_engine) == {"before", "after"}


@contextlib.contextmanager
def sqlite_writer(url: str, *pragmas: str) -> Iterator[Writer]:
    """A writer whose connection has limits short enough for a test."""
    engine = create_engine(url, pool_size=1)

    @sa.event.listens_for(engine, "connect")
    def tighten(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    writer = Writer(engine, Clock())
    writer.start()
    yield writer
    writer.stop()


@on_sqlite
def test_a_full_disk_refuses_what_does_not_fit(prepared: sa.Engine) -> None:
    with reading(prepared) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with sqlite_writer(url_of(prepared), f"max_page_count = {pages + 2}") as writer:
        with pytest.raises(Unavailable):
            writer.submit_and_wait(Put("much", "x" * 1_000_000))
        assert writer.submit_and_wait(Put("little")) == "stored"
    assert keys_in(prepared) == {"little"}


@on_sqlite
def test_a_file_that_another_process_holds_too_long(prepared: sa.Engine) -> None:
    with sqlite_writer(url_of(prepared), "busy_timeout = 10") as writer:
        with held(prepared, "held"), pytest.raises(Unavailable):
            writer.submit_and_wait(Put("a", idempotency_key="key"))
        assert writer.submit_and_wait(Put("a")) == "stored"
    assert keys_in(prepared) == {"a"}


def test_a_folder_that_is_away_and_comes_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/away/varsling.db"
    with sqlite_writer(url) as writer:
        shutil.rmtree(tmp_path / "away")
        with pytest.raises(Unavailable):
            writer.submit_and_wait(Put("a"))
        engine = create_engine(url)
        upgrade(engine)
        create_rows(engine)
        engine.dispose()
        assert writer.submit_and_wait(Put("a")) == "stored"


@pytest.mark.parametrize(("place", "kept"), [("writer.before-commit", False), ("writer.after-commit", True)])
def test_a_process_killed_beside_its_commit(prepared: sa.Engine, tmp_path: Path, place: str, kept: bool) -> None:
    keys = [f"{number}" for number in range(20)]
    pauses = tmp_path / "pauses"
    pauses.mkdir()
    (pauses / f"{place}.hold").touch()
    killed = start_process(url_of(prepared), "1", keys, VARSLING_FAILPOINTS=str(pauses))
    killed.wait_until_ready()
    killed.go()
    until((pauses / f"{place}.reached").exists)
    killed.process.kill()
    assert killed.told() == []
    stored = keys_in(prepared)
    assert bool(stored) is kept
    assert stored <= set(keys)
    again = start_process(url_of(prepared), "2", keys)
    again.wait_until_ready()
    again.go()
    assert again.told() == [Counter(stored=len(keys) - len(stored), present=len(stored))]
    assert keys_in(prepared) == set(keys)
