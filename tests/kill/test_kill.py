"""Thirty kills at random points: the service loses no promise, repeats no letter, and tells no office too early.

`make kill KILLS=1000` does the same with more kills.
"""

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster import Cluster, Process, run_cluster, until
from tests.kill.account import look, settle
from tests.kill.senders import SENDERS, Sender
from tests.postgres import Server
from varsling.demo.samples import INTEGRATION, LANDLORD

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "30"))
SERVER_KILLS = max(5, KILLS // 10)
Told = Callable[[str, object], None]


def test_kills_with_sqlite(tmp_path: Path, record_property: Told) -> None:
    with run_cluster(f"sqlite:///{tmp_path}/varsling.db", tmp_path) as cluster:
        record_property("account", under_fire(cluster, None))


def test_kills_with_postgresql_which_is_killed_too(own_server: Server, tmp_path: Path, record_property: Told) -> None:
    with run_cluster(own_server.url("postgres"), tmp_path) as cluster:
        record_property("account", under_fire(cluster, own_server))


def under_fire(cluster: Cluster, server: Server | None) -> str:
    chance = random.Random(9_11)
    cluster.command("integrations", "grant", INTEGRATION, "--all")
    token = cluster.command("token", "landlord", "--organisation", LANDLORD)
    senders = [Sender(cluster.urls, token, letter) for letter in "abc"[:SENDERS]]
    with sending(senders):
        killed = kill_all(cluster, server, chance, KILLS)
        until(cluster.up, "the processes did not come back")
    promises = [sender.promises for sender in senders]
    found = look(cluster, token, set().union(*(one.held for one in promises)))
    fallen = ", ".join(f"{count} of {name}" for name, count in sorted(killed.items()))
    return f"killed: {fallen}. {settle(found, promises)}"


@contextmanager
def sending(senders: list[Sender]) -> Iterator[None]:
    threads = [threading.Thread(target=sender.run) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    except BaseException:
        for sender in senders:
            sender.abandoned = True  # stop waiting for processes that will not come back, so that the failure is told
        raise
    finally:
        for sender in senders:
            sender.stop.set()
        for thread in threads:
            thread.join()


def kill_all(cluster: Cluster, server: Server | None, chance: random.Random, kills: int) -> Counter[str]:
    """Kill one process after the other, and the server in between; count the kills by kind."""
    killed: Counter[str] = Counter()
    server_falls = set(chance.sample(range(kills), SERVER_KILLS)) if server is not None else set()
    for turn in range(kills):
        if server is not None and turn in server_falls:
            server.kill()
            server.revive()
            killed["PostgreSQL"] += 1
        victim: Process = chance.choice(cluster.processes)
        victim.kill_at(chance.choice(victim.points), cluster.supervise)
        victim.start()
        killed["API" if victim in cluster.apis else "worker"] += 1
    return killed
