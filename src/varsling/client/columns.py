"""The columns of a file of notices, by the names that people use: Norwegian, English, or the contract's paths."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Language(StrEnum):
    NB = "nb"
    EN = "en"


# An index has at most three digits: a longer one is a slip, and filling up to it would fill the memory.
_PATH = re.compile(r"[a-z_]+(\.([a-z_]+|[0-9]{1,3}))*")
_INDEX = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")
_NUMBER = re.compile(r"(?<![\w-])[0-9]{1,2}(?![\w-])")


@cache
def _texts() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("varsling.client").joinpath("texts", "columns.toml").read_text("utf-8"))


@cache
def _paths() -> Mapping[str, str]:
    """Give the path of each name, casefolded, with {n} in place of a number."""
    return {name.casefold(): path for path, names in _texts()["columns"].items() for name in names}


def word(name: str, language: Language) -> str:
    """Give one of the words that `submit` says."""
    found: str = _texts()["words"][name][[*Language].index(language)]
    return found


def status_word(status: str, language: Language) -> str:
    """Name a notice's status; one that a later service adds stays as it is."""
    found: list[str] = _texts()["statuses"].get(status, [status, status])
    return found[[*Language].index(language)]


def day_word(day: str, language: Language) -> str:
    """Write a day as its reader does."""
    return ".".join(reversed(day.split("-"))) if language is Language.NB else day


def path_of(cell: str) -> str | None:
    """Read the name of a column as a path; None for a cell that names none."""
    name = " ".join(cell.split()).casefold()
    numbers = [int(one) for one in _NUMBER.findall(name)]
    for pattern, number in ((name, None), *((_NUMBER.sub("{n}", name, count=1), one) for one in numbers[:1])):
        path = _paths().get(pattern)
        if path is not None and ("{n}" not in path or number):
            return path.replace("{n}", str((number or 1) - 1))
    return cell if _PATH.fullmatch(cell) else None


def name_of(path: str, language: Language) -> str:
    """Name the column of a path; the path itself where no column has a name."""
    found = _INDEX.search(path)
    pattern = path if found is None else f"{path[: found.start()]}{{n}}{path[found.end() :]}"
    names = _texts()["columns"].get(pattern) or _texts()["objects"].get(pattern)
    if names is None:
        return path
    number = "" if found is None else str(int(found[0]) + 1)
    return str(names[[*Language].index(language)]).replace("{n}", number)


def fault(kind: str, language: Language, **values: object) -> str:
    """Tell what is wrong with the file or the connection."""
    text: str = _texts()["faults"][kind][[*Language].index(language)]
    if "what" in values:
        values = values | {"what": word(str(values["what"]), language)}
    return text.format(**values)


def of_cell(code: str, path: str, language: Language) -> str | None:
    """Tell what is wrong with a cell, in words of a cell; None where the service's own words are the better ones."""
    place = [*Language].index(language)
    values = _texts()["values"].get(path.rpartition(".")[2])
    if values is not None and code in ("out-of-range", "wrong-type"):
        shown = values if language is Language.NB else values.values()
        return str(_texts()["cells"]["choices"][place]).format(values=", ".join(shown))
    cells, member = _texts()["cells"], path.rpartition(".")[2]
    found = cells.get(f"{code}.{member}") or cells.get(code)
    return None if found is None else str(found[place])


def meant(member: str, cell: str) -> str:
    """Read a Norwegian word as the contract's; any other cell stays as it is."""
    words: Mapping[str, str] = _texts()["values"].get(member, {})
    return words.get(" ".join(cell.split()).casefold(), cell)


def template(language: Language) -> Iterator[tuple[str, str]]:
    """Give the columns of the template with a cell of each, as its reader writes it."""
    for path, cell in _texts()["template"].items():
        yield name_of(path, language), cell if isinstance(cell, str) else cell[[*Language].index(language)]


def all_choices() -> Iterator[tuple[str, list[str]]]:
    """Give the Norwegian name of each column that takes few values, with them."""
    for path, (nb, _) in _texts()["columns"].items():
        values = _texts()["values"].get(path.rpartition(".")[2])
        if values is not None:
            yield nb.replace("{n}", "1"), list(values)


def all_columns() -> Iterator[tuple[str, str, str]]:
    """Give every column: the path, the Norwegian and the English name."""
    return ((path.replace("{n}", "0"), nb, en) for path, (nb, en) in _texts()["columns"].items())
