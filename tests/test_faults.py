"""Failures around the service: the operator reads one line that says what to do, and no notice is lost."""

import ctypes
import os
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests import processes
from tests.cluster import Cluster, run_cluster, until
from tests.postgres import Server
from varsling.database.clock import shift
from varsling.database.engine import connect_for_writing, create_engine, reading
from varsling.deliveries.tables import deliveries
from varsling.demo.samples import INTEGRATION, LANDLORD, samples
from varsling.privacy.keys import make_key_file

pytestmark = pytest.mark.slow

_CAPABILITY_VERSION = 0x20080522
_OVERRIDES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
BEFORE_COMMIT = "writer.before-commit"
LOOKS = 50


def notice(number: int) -> dict[str, Any]:
    sample = samples(date.today())[0].notice  # noqa: DTZ011  (any day near today will do)
    people = [{"name": "Prøve Leier", "birth_date": f"{date(1980, 1, 1) + timedelta(days=number)}"}]
    name = f"N-{number}"
    return sample | {"reference": name, "lease": sample["lease"] | {"reference": name}, "tenants": people}


def landlord(cluster: Cluster) -> httpx.Client:
    token = cluster.command("token", "landlord", "--organisation", LANDLORD)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=cluster.urls[0], headers=headers, timeout=60, trust_env=False)


def come_back(answer: httpx.Response) -> bool:
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    return int(answer.headers["Retry-After"]) > 0


def one_line(folder: Path, *arguments: str, before: Callable[[], None] | None = None, **settings: str) -> str:
    """Run a command that cannot go on; return its only line on stderr. It exits with an error and no traceback."""
    (folder / "letters").mkdir(exist_ok=True)
    environment = os.environ | {"VARSLING_COPY_FOLDER": str(folder / "letters")} | settings
    done = processes.run(arguments, environment, before=before)
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line.removeprefix("Error: ")


STARTS = pytest.mark.parametrize("command", ["serve --port 0", "worker", "migrate", "notices held"])


@STARTS
def test_a_database_that_is_not_there(tmp_path: Path, command: str) -> None:
    away = f"postgresql:///varsling?host={tmp_path}"
    keys = str(tmp_path / "keys.json")
    line = one_line(tmp_path, *command.split(), VARSLING_DATABASE_URL=away, VARSLING_KEY_FILE=keys)
    assert line.startswith("The database cannot be used: check that it runs, VARSLING_DATABASE_URL")


def _nothing_may_grow() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _rights_count() -> None:
    """Make file permissions count for root too."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same of higher capabilities
    assert libc.capget(process, sets) == 0
    sets[0] &= ~_OVERRIDES
    assert libc.capset(process, sets) == 0


@STARTS
def test_a_disk_that_takes_nothing(tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path}/var/varsling.db"
    keys = str(tmp_path / "keys.json")
    line = one_line(tmp_path, *command.split(), before=_nothing_may_grow, VARSLING_DATABASE_URL=url)
    assert "make room on the disk" in line or "The database cannot be used" in line
    make_key_file(Path(keys))  # the same where the key file exists and only the database is new
    again = one_line(
        tmp_path,
        *command.split(),
        before=_nothing_may_grow,
        VARSLING_DATABASE_URL=url,
        VARSLING_KEY_FILE=keys,
    )
    assert "The database cannot be used" in again


@STARTS
def test_a_folder_that_is_read_only(tmp_path: Path, command: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    url = f"sqlite:///{closed}/varsling.db"
    line = one_line(tmp_path, *command.split(), before=_rights_count, VARSLING_DATABASE_URL=url)
    assert "give the user of varsling access" in line or line.startswith("The database cannot be used")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Cluster]:
    with run_cluster(f"sqlite:///{tmp_path}/varsling.db", tmp_path, apis=1, workers=0) as cluster:
        yield cluster


def test_a_disk_that_fills_up_and_is_cleared(small: Cluster) -> None:
    running = small.apis[0].running
    assert running is not None
    assert running.pid is not None
    process = running.pid
    unlimited = resource.prlimit(process, resource.RLIMIT_FSIZE)
    with landlord(small) as client:
        stored = [client.post("/v1/notices", json=notice(0)).json()["id"]]
        # Let no file of the process grow any more, as on an exhausted disk or quota.
        largest = max(file.stat().st_size for file in small.folder.glob("varsling.db*"))
        resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, unlimited[1]))
        number = 0
        while (answer := client.post("/v1/notices", json=notice(number := number + 1))).status_code == 201:
            stored.append(answer.json()["id"])
        assert come_back(answer)
        resource.prlimit(process, resource.RLIMIT_FSIZE, unlimited)
        again = client.post("/v1/notices", json=notice(number))
        assert again.status_code == 201
        assert [client.get(f"/v1/notices/{one}").status_code for one in stored] == [200] * len(stored)
    assert not small.apis[0].ended


def test_a_database_that_goes_and_comes_back(own_server: Server, tmp_path: Path) -> None:
    with run_cluster(own_server.url("postgres"), tmp_path, apis=1, workers=1) as cluster:
        cluster.command("integrations", "grant", INTEGRATION, "--all")
        with landlord(cluster) as client:
            before = client.post("/v1/notices", json=notice(1)).json()["id"]
            own_server.stop()
            assert come_back(client.post("/v1/notices", json=notice(2)))
            assert come_back(client.get(f"/v1/notices/{before}"))
            until(lambda: client.get("/health/ready").json()["faults"] == ["database-away"], "it to be noticed")
            assert client.get("/health/ready").status_code == 503
            assert client.get("/health/live").status_code == 200  # restarting would not help, so liveness stays
            own_server.start()
            until(cluster.ready, "readiness did not come back")
            after = client.post("/v1/notices", json=notice(2))
            assert after.status_code == 201
            sent = {"status": "sent"}
            until(lambda: len(client.get("/v1/notices", params=sent).json()["items"]) == 2, "they were not published")
            assert before in [one["id"] for one in client.get("/v1/notices", params=sent).json()["items"]]
        assert all(not process.ended for process in cluster.processes)


def test_a_stop_finishes_what_is_under_way(small: Cluster) -> None:
    api, moment = small.apis[0], threading.Event()
    with landlord(small) as client, ThreadPoolExecutor(1) as pool:
        api.hold(BEFORE_COMMIT)
        call = pool.submit(client.post, "/v1/notices", json=notice(1))
        until(lambda: api.holds(BEFORE_COMMIT), "the call never came to its commit")
        api.stop()
        until(lambda: not small.ready(), "a stopping process says that it is ready")
        for _ in range(LOOKS):  # the server waits for the call to finish
            assert not call.done()
            moment.wait(0.01)
        api.release(BEFORE_COMMIT)
        assert call.result().status_code == 201
        until(lambda: api.ended, "it does not stop")
    assert api.running is not None
    assert api.running.exitcode == 0
    api.start()
    until(small.ready, "it did not start again")
    with landlord(small) as client:
        again = client.post("/v1/notices", json=notice(1))
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_stop_gives_back_what_was_claimed(database_url: str, tmp_path: Path) -> None:
    with run_cluster(database_url, tmp_path, apis=1, workers=1) as cluster, landlord(cluster) as client:
        (worker,) = cluster.workers
        worker.hold("copy.taken")
        client.post("/v1/notices", json=notice(1))
        until(lambda: worker.holds("copy.taken"), "it claimed nothing")
        worker.stop()
        worker.release("copy.taken")
        until(lambda: worker.ended, "it does not stop")
        assert worker.running is not None
        assert worker.running.exitcode == 0
        engine = create_engine(database_url)
        with reading(engine) as connection:
            rows = connection.execute(sa.select(deliveries.c.status, deliveries.c.leased_until)).all()
        engine.dispose()
    assert rows == [("queued", None)]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps(database_url: str, tmp_path: Path, hours: int) -> None:
    """The clock jumps an hour while a dead worker holds a copy; no copy waits for that hour to pass."""
    with run_cluster(database_url, tmp_path, apis=1, workers=1) as cluster, landlord(cluster) as client:
        cluster.command("integrations", "grant", INTEGRATION, "--all")
        (worker,) = cluster.workers
        worker.kill()
        client.post("/v1/notices", json=notice(1))
        move(database_url, timedelta(hours=2))
        worker.hold("copy.taken")
        worker.start()
        until(lambda: worker.holds("copy.taken"), "it claimed nothing")
        worker.kill()
        worker.release("copy.taken")
        move(database_url, timedelta(hours=hours))
        client.post("/v1/notices", json=notice(2))
        worker.start()
        sent = {"status": "sent"}
        until(lambda: len(client.get("/v1/notices", params=sent).json()["items"]) == 2, "they were not published")
        assert client.post("/v1/notices", json=notice(1)).headers["Idempotency-Replayed"] == "true"


def move(database_url: str, by: timedelta) -> None:
    engine = create_engine(database_url)
    with connect_for_writing(engine) as connection:
        shift(connection, by)
        connection.commit()
    engine.dispose()
