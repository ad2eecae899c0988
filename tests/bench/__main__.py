"""Takes every figure, prints it beside its limit, and writes all to `var/bench.json`."""

import json
import platform
from dataclasses import asdict
from pathlib import Path

from tests.bench import fairness, letters, offices

OUT = Path("var/bench.json")


def main() -> None:
    found = []
    for part in (fairness, letters, offices):
        for figure in part.figures():
            print(figure, flush=True)  # noqa: T201  (what it is for)
            found.append(asdict(figure) | {"reached": figure.reached})
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"python": platform.python_version(), "figures": found}, indent=1) + "\n")


main()
