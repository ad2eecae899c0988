"""Runs what is measured as it runs in production: processes of its own, on a durable database."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.bench import load
from tests.bench.notices import AGENT, requests_file
from tests.postgres import Server, new_server
from tests.service import settings_of
from varsling.access.issuer import AGENT_SCOPES, NAV_SCOPES, mint
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.privacy.keys import open_keyring
from varsling.settings import Settings

_files = count()


@dataclass(frozen=True)
class Installation:
    """A database with the schema, keys, and what runs over it."""

    folder: Path
    settings: Settings
    server: Server | None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        return self.settings.database_url

    def agents_token(self) -> str:
        keyring = open_keyring(self.settings)
        return mint(keyring, self.settings, organisation=AGENT, scopes=AGENT_SCOPES)

    def token_of(self, organisation: str, scopes: Sequence[str] = AGENT_SCOPES) -> str:
        return mint(open_keyring(self.settings), self.settings, organisation=organisation, scopes=scopes)

    def navs_token(self, organisation: str) -> str:
        return self.token_of(organisation, NAV_SCOPES)

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ) | {
            "VARSLING_ENVIRONMENT": "test",
            "VARSLING_DATABASE_URL": self.url,
            "VARSLING_KEY_FILE": str(self.settings.key_file),
            "VARSLING_COPY_FOLDER": str(self.folder / "letters"),
            "VARSLING_CALLS_PER_MINUTE": "100000000",
        }

    @contextmanager
    def serving(self, **settings: str) -> Iterator["Serving"]:
        """Serve the API in a process of its own."""
        command = [sys.executable, "-m", "varsling", "serve", "--port", "0"]
        with running(command, self.environment | settings) as process:
            yield Serving(process, _port_of(process))


@dataclass(frozen=True)
class Serving:
    """A process that answers calls."""

    process: "subprocess.Popen[str]"
    port: int

    def processor_seconds(self) -> float:
        """Give the processor time that the process has taken."""
        ticks = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def installation(database: str, *, migrated: bool = True) -> Iterator[Installation]:
    """Make an installation on `postgresql` or `sqlite`, which is gone afterwards. `migrated`: it has its schema and its
    keys, as after a first start."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, server = f"sqlite:///{folder}/varsling.db", None
        if database == "postgresql":
            server = stack.enter_context(new_server({"shared_buffers": "256MB", "autovacuum": "on"}))
            url = server.url("postgres")
        settings = settings_of(url, folder)
        settings.letters.mkdir()
        if migrated:
            engine = create_engine(url)
            upgrade(engine)
            engine.dispose()
            open_keyring(settings)
        yield Installation(folder, settings, server)


@contextmanager
def peer(made: Installation, name: str, **environment: str) -> Iterator[Serving]:
    """Run a peer over the same database."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = dict(os.environ) | {"BENCH_DATABASE": made.url, "BENCH_PORT": str(port)} | environment
    with running([sys.executable, "-m", f"tests.bench.peers.{name}"], given) as process:
        assert process.stderr is not None
        told = []
        for line in process.stderr:
            told.append(line)
            if "running on" in line:
                break
        else:
            raise RuntimeError("the peer did not start: " + "".join(told))
        yield Serving(process, port)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, env=dict(environment), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _port_of(process: "subprocess.Popen[str]") -> int:
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if '"serving"' in line:
            port = int(json.loads(line)["address"].rpartition(":")[2])
            threading.Thread(target=lambda stream: [None for _ in stream], args=(process.stderr,), daemon=True).start()
            return port
    raise RuntimeError("the service did not start: " + "".join(told))


def loaded(folder: Path, requests: Sequence[bytes], ports: Sequence[int], connections: int = 32) -> load.Told:
    """Send the requests from a process of its own, and tell what its loop saw."""
    file = requests_file(folder / f"requests-{next(_files)}", requests)
    command = [sys.executable, load.__file__, str(file), str(connections), *map(str, ports)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    file.unlink()
    told: load.Told = json.loads(done.stdout)
    return told


@contextmanager
def in_background(folder: Path, requests: Sequence[bytes], port: int, connections: int) -> Iterator[None]:
    """Send the requests from a process of its own for as long as the context is open."""
    file = requests_file(folder / f"requests-{next(_files)}", requests)
    with running([sys.executable, load.__file__, str(file), str(connections), str(port)], os.environ):
        yield
