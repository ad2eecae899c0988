"""What a worker process of its own does (`tests.processes.fork`): it works until nothing is due.

With `without-lock` it locks no landlord: the control that shows what the lock is for.
"""

from pathlib import Path

from tests.copies.notices import settings_for
from varsling.context import close, open_context
from varsling.notices import locked
from varsling.worker import run_until_idle


def main(database_url: str, folder: str, how: str = "with-lock") -> None:
    if how == "without-lock":
        locked.lock_landlords = lambda transaction, keys: None
    context = open_context(settings_for(database_url, Path(folder)))
    run_until_idle(context)
    close(context)
