"""Notices in a file: JSON (one, a list, or a line each) or CSV, whose column names are the contract's paths.

A CSV column is a member's path with dots, list places counted from 0: `landlord.organisation_number`,
`tenants.0.name`, `breach.claims.0.due_date`. An empty cell is an absent member. Cells may be written as Norwegian
Excel does, in UTF-8 or Windows-1252, with semicolons or commas between them.
"""

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from varsling.client.excel import value_of


class FileRefused(Exception):
    """The file cannot be read as notices. The message tells where the fault is and how to mend it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A notice of the file, and its place there (a line of a CSV, an index of a JSON list; from 1)."""

    place: int
    notice: dict[str, Any]

    @property
    def reference(self) -> str:
        return str(self.notice.get("reference", "–"))


def read(file: Path) -> list[Row]:
    """Read every notice of the file. Raises FileRefused, whose message contains no value."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileRefused(f"{file}: {error.strerror}") from None
    text = _text(file, content)
    rows = list(_csv(file, text) if file.suffix.lower() == ".csv" else _json(file, text))
    if not rows:
        raise FileRefused(f"{file}: there is no notice in it")
    return rows


def _text(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    if file.suffix.lower() == ".csv":  # Excel's plain “CSV” is Windows-1252
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("cp1252")
    raise FileRefused(f"{file}: line {line} is not UTF-8. Save the file as UTF-8 (in Excel: “CSV UTF-8”).")


def _json(file: Path, text: str) -> Iterator[Row]:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise FileRefused(f"{file}: not JSON, at line {error.lineno}, column {error.colno}") from None
        content = list(_json_lines(file, text))
    if isinstance(content, dict):
        content = content.get("items", [content])
    if not isinstance(content, list):
        raise FileRefused(f"{file}: a notice, a list of notices, or a notice a line is what is read")
    for place, notice in enumerate(content, 1):
        if not isinstance(notice, dict):
            raise FileRefused(f"{file}: number {place} is no JSON object")
        yield Row(place, notice)


def _json_lines(file: Path, text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise FileRefused(f"{file}: line {number} is not JSON, at column {error.colno}") from None


def _csv(file: Path, text: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if doubled := {name for name in names if name and names.count(name) > 1}:
            raise FileRefused(f"{file}: the columns {', '.join(sorted(doubled))} stand there twice")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(reader.line_num, _notice(file, reader.line_num, names, cells))
    except csv.Error as error:
        raise FileRefused(f"{file}: line {reader.line_num}: {error}") from None


def _notice(file: Path, line: int, names: list[str], cells: list[str]) -> dict[str, Any]:
    if len(cells) > len(names):
        raise FileRefused(f"{file}: line {line} has {len(cells)} cells, the first line names {len(names)} columns")
    notice: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if name and cell.strip():
            try:
                _put(notice, name.split("."), cell.strip())
            except (TypeError, ValueError, KeyError, IndexError):
                raise FileRefused(f"{file}: the column {name} does not fit beside the others") from None
    return notice


def _put(into: Any, path: list[str], cell: str) -> None:
    head, *rest = path
    if isinstance(into, list):
        place = int(head)
        if place > len(into) + 100:
            raise IndexError
        into.extend({} for _ in range(place + 1 - len(into)))
        _put(into[place], rest, cell)
    elif not rest:
        into[head] = value_of(head, cell)
    else:
        _put(into.setdefault(head, [] if rest[0].isdigit() else {}), rest, cell)
