"""Runs `varsling` as a process of its own, forked from a process that has already imported the program.

Importing is most of a start, and the tests start hundreds of processes. After the fork each has its own environment,
folder, files and exit status, and takes signals like any other process.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from varsling.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 240

_loaded = multiprocessing.get_context("forkserver")
_loaded.set_forkserver_preload(
    [
        "tests.database.process",
        "tests.dispatch.process",
        "tests.feed.process",
        "varsling.cli",
        "varsling.app.running",
        *(f"varsling.commands.{module}" for module in dict.fromkeys(COMMANDS.values())),
        "varsling.commands.failures",
        # Libraries that load when first used: the calendar alone is a fifth of a second.
        "anyio._backends._asyncio",
        "alembic.command",
        "holidays.countries.norway",
        "typst",
    ]
)


def fork(program: Callable[..., None], *arguments: object, environment: Mapping[str, str]) -> ForkServerProcess:
    """Start a function of the tests in a process with exactly this environment."""
    process = _loaded.Process(target=_in_environment, args=(dict(environment), program, *arguments))
    process.start()
    return process


@dataclass(frozen=True)
class Companion:
    """A process of the tests' own that gets ready, waits for `go`, and tells what it did: everything over its pipe."""

    process: ForkServerProcess
    pipe: Connection

    def wait_until_ready(self) -> None:
        assert self.pipe.poll(PATIENCE_SECONDS)
        assert self.pipe.recv() == "ready"

    def go(self) -> None:
        self.pipe.send("go")

    def told(self) -> list[Any]:
        """Everything that the process tells from now until its end."""
        told = []
        with suppress(EOFError):
            while self.pipe.poll(PATIENCE_SECONDS):
                told.append(self.pipe.recv())
        self.process.join(PATIENCE_SECONDS)
        return told


def accompany(program: Callable[..., None], *arguments: object, environment: Mapping[str, str]) -> Companion:
    """Start a function of the tests in a process of its own. Its first argument is its end of the pipe."""
    pipe, its_pipe = _loaded.Pipe()
    process = fork(program, its_pipe, *arguments, environment=environment)
    its_pipe.close()  # or the pipe would not end with the process
    return Companion(process, pipe)


def await_go(pipe: Connection) -> None:
    """Say `ready`, in a companion, and wait for `go`."""
    pipe.send("ready")
    pipe.recv()


def start(
    arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, cwd: Path = ROOT
) -> ForkServerProcess:
    """Start `varsling` with these arguments in exactly this environment; append its output to the files."""
    return fork(_varsling, list(arguments), out, err, cwd, None, environment=environment)


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path = ROOT,
    before: Callable[[], None] | None = None,
) -> CompletedProcess[str]:
    """Run a command to its end. Its process first calls `before`, which may take away a right or a resource.

    The output comes through pipes: a process that may not write to files can still write to them.
    """
    (out, its_out), (err, its_err) = (_loaded.Pipe(duplex=False) for _ in range(2))
    process = fork(_varsling, list(arguments), its_out, its_err, cwd, before, environment=environment)
    its_out.close()
    its_err.close()
    with out, err, ThreadPoolExecutor(2) as pool:
        said = [pool.submit(_read, pipe) for pipe in (out, err)]
        process.join(PATIENCE_SECONDS)
        status = process.exitcode
        process.kill()  # a pipe ends with its process
        texts = [one.result() for one in said]
    if status is None:
        raise TimeoutError(f"varsling {' '.join(arguments[:2])} did not end")
    return CompletedProcess(list(arguments), status, *texts)


def _read(pipe: Connection) -> str:
    with open(pipe.fileno(), closefd=False, encoding="utf-8") as text:
        return text.read()


def _in_environment(environment: dict[str, str], program: Callable[..., None], *arguments: object) -> None:
    os.environ.clear()
    os.environ.update(environment)
    program(*arguments)


def _varsling(
    arguments: list[str],
    out: Path | Connection,
    err: Path | Connection,
    cwd: Path,
    before: Callable[[], None] | None,
) -> None:
    for stream, its in ((sys.stdout, out), (sys.stderr, err)):
        with its.open("ab") if isinstance(its, Path) else its as opened:
            os.dup2(opened.fileno(), stream.fileno())
    os.chdir(cwd)
    if before is not None:
        before()
    from varsling.cli import main  # noqa: PLC0415  (loaded in the process that is forked, not in the tests' own)

    main(arguments)
