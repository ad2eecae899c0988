"""Runs the command line as an operator does: own processes, with the installation's settings in the environment."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import processes
from tests.commands.running import Start, Told

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path) -> Run:
    """`run("notices", "held")` runs a command of the installation behind `service`; a setting of None is left out."""
    installation = {
        "VARSLING_ENVIRONMENT": "test",
        "VARSLING_DATABASE_URL": sqlite_url,
        "VARSLING_KEY_FILE": str(tmp_path / "keys.json"),
        "VARSLING_COPY_FOLDER": str(tmp_path / "letters"),
    }
    (tmp_path / "letters").mkdir(exist_ok=True)

    def command(*arguments: str, cwd: Path = tmp_path, **environment: str | None) -> subprocess.CompletedProcess[str]:
        given: dict[str, str | None] = {**os.environ, **installation, **environment}
        return processes.run(arguments, {name: value for name, value in given.items() if value is not None}, cwd)

    return command


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: commands use the services, which are tested on both."""
    return sqlite_url


@pytest.fixture
def start(tmp_path: Path, sqlite_url: str) -> Iterator[Start]:
    started: list[Told] = []
    installation = {
        "VARSLING_ENVIRONMENT": "local",
        "VARSLING_DATABASE_URL": sqlite_url,
        "VARSLING_KEY_FILE": str(tmp_path / "keys.json"),
        "VARSLING_COPY_FOLDER": str(tmp_path / "letters"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    (tmp_path / "temporary").mkdir()

    def run(*arguments: str, program: Callable[..., None] | None = None, **environment: str) -> Told:
        output = tmp_path / f"output-{len(started)}"
        output.touch()
        given = {**os.environ, **installation, **environment}
        if program is None:
            process = processes.start(arguments, given, output, output, tmp_path)
        else:
            process = processes.fork(program, list(arguments), output, environment=given)
        started.append(told := Told(process, output))
        return told

    yield run
    for one in started:
        one.process.kill()
        one.process.join()
