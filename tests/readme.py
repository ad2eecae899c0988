"""The README's table of settings, generated from the settings: `make readme` writes it, a test compares it."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

from varsling.settings import Settings

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- settings: made by `make readme` -->\n", "<!-- end of settings -->\n"


def settings_table() -> str:
    rows = ["| Setting | Default | What it decides |", "|---|---|---|"]
    own_first = [name for part in Settings.__mro__ for name in vars(part).get("__annotations__", ())]
    for name in (one for one in own_first if one in Settings.model_fields):
        field = Settings.model_fields[name]
        said = " ".join((field.description or "").split())
        choices = _choices(field.annotation)
        rows.append(f"| `{name.upper()}` | {_shown(field.default)} | {said}{choices} |")
    return "\n".join(rows) + "\n"


def in_readme(text: str) -> str:
    """The part of the README that the table replaces."""
    found = re.search(f"{re.escape(BEGIN)}(.*){re.escape(END)}", text, re.DOTALL)
    if found is None:
        raise ValueError("README.md has no place for the settings")
    return found[1]


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        return ", ".join(f"`{one}`" for one in default) or "none"
    return "none" if default in (None, "") else f"`{default}`"


def _choices(annotation: Any) -> str:
    kind = next((one for one in (annotation, *get_args(annotation)) if isinstance(one, type)), None)
    if kind is None or not issubclass(kind, StrEnum) or len(kind) == 1:
        return ""
    return f" Choices: {', '.join(f'`{one}`' for one in kind)}."


if __name__ == "__main__":
    text = README.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(before + BEGIN + settings_table() + END + after)
