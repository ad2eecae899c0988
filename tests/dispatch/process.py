"""A worker process for tests (`tests.processes.fork`): it works until nothing is due.

With `without-lock` it does not lock the landlord: the control that shows what the lock is for.
"""

from pathlib import Path
from unittest import mock

from tests.dispatch.notices import settings_for
from varsling.context import close, open_context
from varsling.worker import run_until_idle


def main(database_url: str, folder: str, how: str = "with-lock") -> None:
    if how == "without-lock":
        mock.patch("varsling.notices.locking.lock_landlords").start()
    context = open_context(settings_for(database_url, Path(folder)))
    run_until_idle(context)
    close(context)
