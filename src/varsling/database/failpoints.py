"""Failpoints: places at which a test holds a process, to kill it exactly there."""

import os
import time
from functools import cache
from pathlib import Path

_POLL_SECONDS = 0.005


def failpoint(name: str) -> None:
    """Leave `<name>.reached` in the folder that VARSLING_FAILPOINTS names, then wait while `<name>.hold` lies there.

    Without that variable it does nothing, nor ever in production. The variable is read once in a process.
    """
    folder = _folder()
    if folder is None:
        return
    reached, hold = folder / f"{name}.reached", folder / f"{name}.hold"
    reached.touch()
    while hold.exists():
        time.sleep(_POLL_SECONDS)
        reached.touch()  # again: the test that set the hold may have removed the mark of an earlier passage


@cache
def _folder() -> Path | None:
    named = os.environ.get("VARSLING_FAILPOINTS")
    if not named:
        return None
    from varsling.settings import load_settings  # noqa: PLC0415  (only a test's process pays for the settings)

    return None if load_settings().production else Path(named)
