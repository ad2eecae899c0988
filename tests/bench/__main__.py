"""Takes every figure, prints it beside floor and goal, and writes all to `var/bench.json`. Names of parts as arguments
take those alone; `--full` adds the longest stream and the most notices."""

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import structlog

from tests.bench import accepting, batches, fairness, growth, letters, offices, overload, pages, peak, starting, waiting

OUT = Path("var/bench.json")
PARTS = {
    "accepting": accepting,
    "batches": batches,
    "fairness": fairness,
    "growth": growth,
    "letters": letters,
    "offices": offices,
    "overload": overload,
    "pages": pages,
    "peak": peak,
    "starting": starting,
    "waiting": waiting,
}


def main() -> None:
    structlog.configure(processors=[_nothing_to_say])  # what runs in this process would write a line for each call
    found = []
    names = [name for name in sys.argv[1:] if name != "--full"]
    pages.FULL = growth.FULL = "--full" in sys.argv
    for name in names or [name for name in PARTS if name != "peak" or growth.FULL]:
        for figure in PARTS[name].figures():
            print(figure, flush=True)  # noqa: T201  (what it is for)
            found.append(asdict(figure) | {"verdict": figure.verdict})
    OUT.parent.mkdir(exist_ok=True)
    told = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M}Z", "python": platform.python_version(), "figures": found}
    OUT.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def _nothing_to_say(*_: object) -> structlog.typing.EventDict:
    raise structlog.DropEvent


main()
