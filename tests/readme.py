"""The README's table of settings, generated from the settings: `make readme` writes it, a test compares it."""

import re
from pathlib import Path

from varsling.settings.reference import reference

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- settings: made by `make readme` -->\n", "<!-- end of settings -->\n"


def settings_table() -> str:
    rows = ["| Setting | Default | What it decides |", "|---|---|---|"]
    for one in reference():
        choices = f" Choices: {', '.join(f'`{choice}`' for choice in one.choices)}." if one.choices else ""
        default = ", ".join(f"`{part}`" for part in one.default.split(", ")) if one.default else "none"
        rows.append(f"| `{one.name.removeprefix('VARSLING_')}` | {default} | {one.meaning}{choices} |")
    return "\n".join(rows) + "\n"


def in_readme(text: str) -> str:
    """The part of the README that the table replaces."""
    found = re.search(f"{re.escape(BEGIN)}(.*){re.escape(END)}", text, re.DOTALL)
    if found is None:
        raise ValueError("README.md has no place for the settings")
    return found[1]


if __name__ == "__main__":
    text = README.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    README.write_text(before + BEGIN + settings_table() + END + after)
