"""The real processes of an installation, each to be stopped at a named point, killed there and started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120
API_POINTS = ("writer.before-commit", "writer.after-commit")
WORKER_POINTS = (
    "copy.claimed",
    "copy.rendered",
    "copy.sent",
    "copy.recorded",
    "writer.before-commit",
    "writer.after-commit",
)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait on a condition; the deadline is for a machine in trouble."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(what)
        pause.wait(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One process of the service; `points` are where it can be held."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    folder: Path
    points: tuple[str, ...]
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "varsling", *self.arguments],
                cwd=ROOT,
                env=os.environ | self.environment | {"VARSLING_PAUSES": str(self.folder)},
                stdout=log,
                stderr=log,
            )

    def kill_at(self, point: str) -> None:
        """Let it come to the point, hold it there, and kill it."""
        assert self.running is not None
        reached, hold = self.folder / f"{point}.reached", self.folder / f"{point}.hold"
        hold.touch()
        reached.unlink(missing_ok=True)
        until(lambda: reached.exists() or self.ended, f"{self.name} never came to {point}")
        self.kill()
        hold.unlink()

    @property
    def ended(self) -> bool:
        return self.running is not None and self.running.poll() is not None

    def kill(self) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@dataclass
class House:
    """An API process and a worker over one database."""

    database_url: str
    folder: Path
    port: int = field(default_factory=_free_port)

    def __post_init__(self) -> None:
        self.letters = self.folder / "letters"
        self.environment = {
            "VARSLING_DATABASE_URL": self.database_url,
            "VARSLING_KEY_FILE": str(self.folder / "keys.json"),
            "VARSLING_COPY_FOLDER": str(self.letters),
            "VARSLING_CALLS_PER_MINUTE": "1000000",
        }
        serve = ["serve", "--host", "127.0.0.1", "--port", str(self.port)]
        self.api = Process("api", serve, self.environment, self.folder / "api", API_POINTS)
        self.worker = Process("worker", ["worker"], self.environment, self.folder / "worker", WORKER_POINTS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "varsling", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:  # noqa: S310  (our own address)
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def parcels(self) -> list[dict[str, str]]:
        """What the folder channel holds, each with its delivery id."""
        return [json.loads(file.read_text()) | {"id": file.stem} for file in sorted(self.letters.glob("*.json"))]


@contextmanager
def house(database_url: str, folder: Path) -> Iterator[House]:
    built = House(database_url, folder)
    built.api.start()
    built.worker.start()
    try:
        until(built.ready, "the API never became ready")
        yield built
    finally:
        for process in (built.api, built.worker):
            if not process.ended:
                process.kill()
