"""Read notices from a file: JSON (one notice, a list, a batch, or one notice per line) or CSV.

A CSV column has a name in Norwegian or English (`Leier 1 navn`, `Tenant 1 name`), or is a member's path in the contract
with list indexes counted from 0 (`tenants.0.name`). An empty cell is an absent member. Cells may be written as
Norwegian Excel does, in UTF-8, UTF-16 or Windows-1252, with semicolons, commas or tabs between them; a first line
`sep=;` says which.
"""

import codecs
import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from varsling.client.columns import Language, fault, name_of, path_of
from varsling.client.excel import value_of

_SEPARATORS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])[;,\t]*\r?\n?", re.IGNORECASE)
# Of Norwegian letters in the Macintosh's old encoding, and in that of DOS, Windows-1252 makes these.
_GARBLED, _NORWEGIAN = re.compile("[Œ¿¾®¯†›]"), re.compile("[æøåÆØÅ]")
# An .xlsx file is a zip archive.
_ZIPPED = b"PK\x03\x04"
_LINES = re.compile(r"\s*[|\n]\s*")


class FileRefused(Exception):
    """The file cannot be read as notices. `told` tells where the fault is and how to mend it, without any value."""

    def __init__(self, kind: str, **values: object) -> None:
        super().__init__(fault(kind, Language.EN, **values))
        self._kind, self._values = kind, values

    def told(self, language: Language) -> str:
        return fault(self._kind, language, **self._values)


@dataclass(frozen=True, slots=True)
class Row:
    """A notice of the file, and its place there, from 1: a line of CSV or JSON lines, an entry of a JSON list."""

    place: int
    notice: dict[str, Any]
    columns: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def reference(self) -> str:
        return str(self.notice.get("reference", "–"))

    def column(self, pointer: str, language: Language) -> str:
        """Name the place of a fault as the file's writer does: by its column, or by the column that is missing."""
        path = pointer.strip("/").replace("/", ".")
        if not self.columns:
            return path
        return self.columns.get(path) or name_of(path, language)


def read(file: Path) -> list[Row]:
    """Read every notice of the file. Raises FileRefused, whose message contains no value."""
    try:
        content = file.read_bytes()
    except OSError:
        raise FileRefused("not_there", file=file) from None
    if content.startswith(_ZIPPED):
        raise FileRefused("workbook", file=file)
    text = _text(file, content)
    rows = list(_csv(file, text) if file.suffix.lower() == ".csv" else _json(file, text))
    if not rows:
        raise FileRefused("empty", file=file)
    return rows


def _text(file: Path, content: bytes) -> str:
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's “Unicode text”
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    if file.suffix.lower() == ".csv":  # Excel's plain “CSV” is Windows-1252
        with contextlib.suppress(UnicodeDecodeError):
            decoded = content.decode("cp1252")
            garbled = _GARBLED.search(decoded)
            if garbled is None or _NORWEGIAN.search(decoded):
                return decoded
            line = decoded.count("\n", 0, garbled.start()) + 1
    kind = "encoding" if file.suffix.lower() == ".csv" else "encoding_of_json"
    raise FileRefused(kind, file=file, line=line)


def _json(file: Path, text: str) -> Iterator[Row]:
    try:
        content = _parsed(text)
    except orjson.JSONDecodeError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise FileRefused("not_json", file=file, line=error.lineno, column=error.colno) from None
        yield from _json_lines(file, text)
        return
    except _Repeated:
        raise FileRefused("twice_in_one", file=file) from None
    if isinstance(content, dict):
        content = content.get("items", [content])
    if not isinstance(content, list):
        raise FileRefused("no_list", file=file)
    for place, notice in enumerate(content, 1):
        yield _row(file, "entry", place, notice)


def _json_lines(file: Path, text: str) -> Iterator[Row]:
    for place, line in enumerate(text.split("\n"), 1):  # splitlines would split at U+2028, too, which a text may have
        if line.strip():
            try:
                yield _row(file, "line", place, _parsed(line))
            except orjson.JSONDecodeError as error:
                raise FileRefused("not_json", file=file, line=place, column=error.colno) from None
            except _Repeated:
                raise FileRefused("twice", file=file, what="line", place=place) from None


class _Repeated(Exception):
    """A JSON object has a member twice."""


def _parsed(text: str) -> Any:
    """Parse JSON. Raises JSONDecodeError, or _Repeated: orjson keeps the last of two members without a word."""
    content = orjson.loads(text)
    json.loads(text, object_pairs_hook=_once)
    return content


def _once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise _Repeated


def _row(file: Path, what: str, place: int, notice: Any) -> Row:
    if not isinstance(notice, dict):
        raise FileRefused("no_object", file=file, what=what, place=place)
    return Row(place, notice)


def _csv(file: Path, text: str) -> Iterator[Row]:
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    if named := _SEPARATOR_LINE.fullmatch(first):
        separator, start = named[1], lines.tell()
    else:
        separator, start = max(_SEPARATORS, key=first.count), 0
    lines.seek(start)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        line = 0
        heads = next(reader, [])
        line = reader.line_num
        paths = _columns(file, heads)
        columns = {path: head.strip() for path, head in zip(paths, heads, strict=True) if path}
        for cells in reader:
            line = reader.line_num  # as Excel counts: it does not show the line that names the separator
            if any(cell.strip() for cell in cells):
                yield Row(line, _notice(file, line, paths, columns, cells), columns)
    except csv.Error:
        raise FileRefused("quote", file=file, line=line + 1) from None


def _letter(place: int) -> str:
    """Name a column as Excel does: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _columns(file: Path, cells: list[str]) -> list[str]:
    """Read the first line as paths. A cell that is none may be a person's name: the message gives its number alone."""
    names = [cell.strip() for cell in cells]
    paths = [path_of(name) if name else "" for name in names]
    if wrong := [_letter(place) for place, path in enumerate(paths) if path is None]:
        raise FileRefused("columns", file=file, cells=", ".join(wrong))
    if doubled := {name for name, path in zip(names, paths, strict=True) if path and paths.count(path) > 1}:
        raise FileRefused("doubled", file=file, names=", ".join(sorted(doubled)))
    return [path or "" for path in paths]


def _notice(file: Path, line: int, paths: list[str], columns: Mapping[str, str], cells: list[str]) -> dict[str, Any]:
    if any(cell.strip() for cell in cells[len(paths) :]):
        raise FileRefused("cells", file=file, line=line, cells=len(cells), columns=len(paths))
    notice: dict[str, Any] = {}
    for path, cell in zip(paths, cells, strict=False):
        if path and cell.strip():
            try:
                _put(notice, path.split("."), cell.strip())
            except ValueError:
                raise FileRefused("conflict", file=file, name=columns[path]) from None
    return {member: _without_holes(value) for member, value in notice.items()}


def _put(into: Any, path: list[str], cell: str) -> None:
    """Set the member at the path. Raises ValueError where another column made it a different kind of value."""
    head, *rest = path
    place: Any = head
    if isinstance(into, list):
        if not head.isdecimal():
            raise ValueError
        place = int(head)
        into.extend(None for _ in range(place + 1 - len(into)))
        known = into[place]
    else:
        known = into.get(head)
    if rest:
        if known is None:
            known = into[place] = [] if rest[0].isdecimal() else {}
        if not isinstance(known, list | dict):
            raise ValueError
        _put(known, rest, cell)
    elif known is None:
        # A list of texts may stand in one cell, with a line break or a bar between its lines.
        into[place] = [line for line in _LINES.split(cell) if line] if head == "lines" else value_of(head, cell)
    else:
        raise ValueError


def _without_holes(value: Any) -> Any:
    """Close the gaps of lists: an empty cell of a text's line is no line; an empty object stays, for its faults."""
    if isinstance(value, dict):
        return {member: _without_holes(one) for member, one in value.items()}
    if not isinstance(value, list):
        return value
    of_objects = any(isinstance(one, dict) for one in value)
    return [_without_holes({} if one is None else one) for one in value if of_objects or one is not None]
