"""Runs the real processes of an installation. A test can stop each at a named point, kill it and start it again."""

import http.client
import json
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests import processes

PATIENCE_SECONDS = 120
AWAY = "The database cannot be used"
# `ANYWHERE` kills at a random moment. At the named points a kill would do the most harm.
ANYWHERE = "anywhere"
API_POINTS = (ANYWHERE, "writer.before-commit", "writer.after-commit")
WORKER_POINTS = (
    ANYWHERE,
    "copy.taken",
    "copy.rendered",
    "copy.sent",
    "copy.recorded",
    "writer.before-commit",
    "writer.after-commit",
)


def until(condition: Callable[[], bool], what: str, every: float = 0.01) -> None:
    """Wait until the condition holds, and ask `every` so many seconds: rarely if the processes must work to answer.

    The deadline only ends a wait on a machine in trouble.
    """
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(what)
        pause.wait(every)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One process of the service; `points` are the failpoints where a test can hold it."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    folder: Path
    points: tuple[str, ...]
    running: ForkServerProcess | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        environment = os.environ | self.environment | {"VARSLING_FAILPOINTS": str(self.folder)}
        log = self.folder / "log"
        self.running = processes.start(self.arguments, environment, log, log)

    def kill_at(self, point: str, supervise: Callable[[], None]) -> None:
        """Let the process reach the point, hold it there and kill it; `supervise` runs meanwhile.

        A process that starts while the database is away ends at once. `supervise` starts it again, or no work would
        come.
        """
        if point == ANYWHERE:
            self.kill()
            return
        reached, hold = self.folder / f"{point}.reached", self.folder / f"{point}.hold"
        hold.touch()
        reached.unlink(missing_ok=True)

        def there() -> bool:
            supervise()
            return reached.exists()

        until(there, f"{self.name} never came to {point}")
        self.kill()
        hold.unlink()

    def start_again(self) -> None:
        """Do what a supervisor does: start a process again that found the database away."""
        if self.ended:
            assert AWAY in self.log.splitlines()[-1], f"{self.name} ended by itself:\n{self.log[-2000:]}"
            self.start()

    @property
    def ended(self) -> bool:
        return self.running is not None and self.running.exitcode is not None

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()
        self.running.join()

    def stop(self) -> None:
        """Ask the process to stop, as an operator or an orchestrator does; it may finish its work."""
        assert self.running is not None
        self.running.terminate()

    def hold(self, point: str) -> None:
        """Make the process wait at the point until `release`."""
        (self.folder / f"{point}.reached").unlink(missing_ok=True)
        (self.folder / f"{point}.hold").touch()

    def holds(self, point: str) -> bool:
        return (self.folder / f"{point}.reached").exists()

    def release(self, point: str) -> None:
        (self.folder / f"{point}.hold").unlink()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@dataclass
class Cluster:
    """API processes and workers over one database."""

    database_url: str
    folder: Path
    apis_wanted: int = 2
    workers_wanted: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    """More of the environment."""

    def __post_init__(self) -> None:
        self.ports = [_free_port() for _ in range(self.apis_wanted)]
        self.letters = self.folder / "letters"
        self.letters.mkdir(exist_ok=True)
        self.environment = {
            "VARSLING_DATABASE_URL": self.database_url,
            "VARSLING_KEY_FILE": str(self.folder / "keys.json"),
            "VARSLING_COPY_FOLDER": str(self.letters),
            "VARSLING_CALLS_PER_MINUTE": "1000000",
            **self.settings,
        }
        self.apis = [self._process(f"api{port}", ["serve", "--port", str(port)], API_POINTS) for port in self.ports]
        self.workers = [
            self._process(f"worker{number}", ["worker"], WORKER_POINTS) for number in range(self.workers_wanted)
        ]

    def _process(self, name: str, arguments: list[str], points: tuple[str, ...]) -> Process:
        return Process(name, arguments, self.environment, self.folder / name, points)

    @property
    def processes(self) -> list[Process]:
        return [*self.apis, *self.workers]

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def command(self, *arguments: str) -> str:
        done = processes.run(arguments, os.environ | self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def up(self) -> bool:
        """Say whether all processes answer; start those again that found the database away."""
        self.supervise()
        return self.ready()

    def supervise(self) -> None:
        for process in self.processes:
            process.start_again()

    def ready(self) -> bool:
        return all(_is_ready(url) for url in self.urls)

    def parcels(self) -> list[dict[str, Any]]:
        """List the letters in the folder channel, each with its delivery id."""
        return [json.loads(file.read_text()) | {"id": file.stem} for file in sorted(self.letters.glob("*.json"))]


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def run_cluster(
    database_url: str, folder: Path, *, apis: int = 2, workers: int = 2, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    cluster = Cluster(database_url, folder, apis, workers, settings or {})
    for process in cluster.processes:
        process.start()
    try:
        until(cluster.ready, "the APIs never became ready")
        yield cluster
    finally:
        for process in cluster.processes:
            if not process.ended:
                process.kill()
