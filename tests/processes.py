"""`varsling` as a process of its own, forked from one that has loaded the program.

Most of a start is loading, and the tests start hundreds. From the fork on it is a process like any other: with its own
environment, folder, files and exit status, to be signalled and killed.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

from varsling.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 240

_loaded = multiprocessing.get_context("forkserver")
_loaded.set_forkserver_preload(
    [
        "tests.dispatch.process",
        "varsling.cli",
        "varsling.app.running",
        *(f"varsling.commands.{module}" for module in dict.fromkeys(COMMANDS.values())),
        "varsling.commands.failures",
    ]
)


def fork(program: Callable[..., None], *arguments: object, environment: Mapping[str, str]) -> ForkServerProcess:
    """Start one of the tests' own programs, with its function, in exactly this environment."""
    process = _loaded.Process(target=_in_environment, args=(dict(environment), program, *arguments))
    process.start()
    return process


def start(
    arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path, cwd: Path = ROOT
) -> ForkServerProcess:
    """Start `varsling` with these arguments in exactly this environment; what it says is added to the files."""
    return fork(_varsling, list(arguments), out, err, cwd, environment=environment)


def run(arguments: Sequence[str], environment: Mapping[str, str], cwd: Path = ROOT) -> CompletedProcess[str]:
    """Run a command to its end."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = start(arguments, environment, out, err, cwd)
        process.join(PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"varsling {' '.join(arguments[:2])} did not end")
        return CompletedProcess(list(arguments), process.exitcode, out.read_text(), err.read_text())


def _in_environment(environment: dict[str, str], program: Callable[..., None], *arguments: object) -> None:
    os.environ.clear()
    os.environ.update(environment)
    program(*arguments)


def _varsling(arguments: list[str], out: Path, err: Path, cwd: Path) -> None:
    for stream, file in ((sys.stdout, out), (sys.stderr, err)):
        with file.open("ab") as opened:
            os.dup2(opened.fileno(), stream.fileno())
    os.chdir(cwd)
    from varsling.cli import main  # noqa: PLC0415  (loaded in the process that is forked, not in the tests' own)

    main(arguments)
