"""A worker process of its own that works until nothing is due: `python -m tests.copies.process <database> <folder>`.

With `without-lock` it locks no landlord: the control that shows what the lock is for.
"""

import sys
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


if __name__ == "__main__":
    main(*sys.argv[1:])
