"""Clients of the stream, run as an integrator's own program: the guide's poller, and worse ones made of it."""

import os
import runpy
import sys
from importlib.resources import files
from pathlib import Path

POLLER = (files("varsling.web") / "samples" / "poller.py.txt").read_text("utf-8")


def run(source: str, url: str, token: str, folder: Path) -> None:
    """Run a poller in a folder of its own, for ever; what it stores lies there."""
    os.environ["VARSLING_URL"] = url
    os.chdir(folder)
    Path("poller.py").write_text(source)
    sys.stderr = Path("stderr").open("w")  # noqa: SIM115  (it ends with the process)
    names = runpy.run_path("poller.py")
    store = Path("store")
    store.mkdir()

    def keep(notice: dict[str, object]) -> None:
        (store / str(notice["id"])).write_text(str(notice["version"]))

    def destroy(notice: str, tenant: str | None) -> None:
        del tenant
        (store / notice).unlink(missing_ok=True)

    names["get"].__globals__["fresh_token"] = lambda: token
    names["follow"](keep, destroy)
