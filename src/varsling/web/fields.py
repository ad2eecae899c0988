"""The words of the OpenAPI document: what each member means, its unit and an example, and what each value means.

`texts/fields.en.toml` has them. A document with a member that the file lacks, or the other way round, is no document.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from varsling.domain.language import AnswerLanguage
from varsling.domain.remarks import Remark, remark_text

Schema = dict[str, Any]
Schemas = Mapping[str, Schema]

SCHEMA = "#/components/schemas/"
_EVERY, _VALUES = "every", "values"
_OTHERS = (_VALUES, "calls", "tags", "parameters")
_NULL, _OMIT = "=null", "=omit"
_UNITS = {"date": "An Oslo date.", "date-time": "An instant, UTC."}
_NOK = "NOK."


class WordsMissing(Exception):
    """The file lacks words of a member or value, or has some that nothing needs; the message names them."""


@cache
def _words() -> Mapping[str, Any]:
    file = resources.files("varsling.web").joinpath("texts", "fields.en.toml")
    words = tomllib.loads(file.read_text("utf-8"))
    words[_VALUES]["Remark"] = {one.value: remark_text(one, AnswerLanguage.EN) for one in Remark}
    return words


def tell_parameters(operation: Schema) -> None:
    """Write meaning and example into the parameters of the path and the query. Raises WordsMissing."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            continue
        entry = _words()["parameters"].get(parameter["name"])
        if entry is None:
            raise WordsMissing(f"the parameter {parameter['name']} has no words")
        parameter["description"], parameter["example"] = entry
        parameter["schema"].pop("title", None)
        parameter["schema"].pop("description", None)


def words(table: str) -> Mapping[str, str]:
    """Give a table of plain words: `calls` by operation, `tags` by tag."""
    found: Mapping[str, str] = _words()[table]
    return found


def named(schema: Schema) -> str:
    """Give the name of the object that a schema refers to; empty for another."""
    return str(schema.get("$ref", "")).removeprefix(SCHEMA)


def values_of(enum: str) -> Mapping[str, str]:
    """Give the meaning of each value of a kind; nothing for a kind that has a page of its own."""
    values: Mapping[str, str] = _words()[_VALUES].get(enum, {})
    return values


def tell(schemas: Mapping[str, Schema], closed: frozenset[str]) -> None:
    """Write meaning, unit and example into every member, and open the kinds of answers to growth.

    `closed` are the objects of requests: the service refuses a value that it does not know. In answers kinds grow
    (CONTRACT), so there they are text with the values of today. Raises WordsMissing.
    """
    used: set[tuple[str, str]] = set()
    missing = []
    for name, schema in schemas.items():
        if name in closed and "enum" in schema:
            schema["description"] = _with_values(schema.get("description", ""), name)
        for member, described in schema.get("properties", {}).items():
            key = _key(name, member)
            if key is None:
                missing.append(f"{name}.{member}")
                continue
            used |= {key, (_EVERY, member)}
            _tell_member(described, name, member, schemas, opened=name not in closed)
    unneeded = [f"{of}.{member}" for of, member in _all_keys() if (of, member) not in used]
    if missing or unneeded:
        raise WordsMissing(f"without words: {missing}; words without a member: {unneeded}")
    for name, schema in schemas.items():
        for member, described in schema.get("properties", {}).items():
            if (example := _example(name, member, schemas, ())) is not None:
                described["examples"] = [example]


def _all_keys() -> Iterator[tuple[str, str]]:
    return ((of, member) for of, members in _words().items() if of not in _OTHERS for member in members)


def _tables(name: str) -> tuple[str, ...]:
    """Give the tables of an object's words; events share one."""
    return (name, "Event", _EVERY) if name.endswith("Event") else (name, _EVERY)


def _key(name: str, member: str) -> tuple[str, str] | None:
    return next(((one, member) for one in _tables(name) if member in _words().get(one, {})), None)


def _entry(name: str, member: str) -> list[Any]:
    key = _key(name, member)
    entry: list[Any] = [""] if key is None else _words()[key[0]][key[1]]
    return entry


def _tell_member(described: Schema, name: str, member: str, schemas: Schemas, *, opened: bool) -> None:
    described.pop("title", None)
    text = _entry(name, member)[0]
    leaf = _leaf(described)
    unit = _UNITS.get(leaf.get("format", ""), "")
    if "d{2}$" in leaf.get("pattern", "") and unit == "":
        unit = _NOK
    enum = leaf.get("$ref", "").removeprefix(SCHEMA)
    if opened and "enum" in schemas.get(enum, {}):
        leaf.pop("$ref")
        leaf |= {"type": "string", "x-extensible-enum": schemas[enum]["enum"]}
        text = _with_values(text, enum, grows=True)
    # Not as `default`: generators of clients would make the member required.
    default = described.pop("default", None)
    absent = f"Absent: `{default}`." if isinstance(default, str) else ""
    described["description"] = " ".join(part for part in (text, unit, absent) if part)


def _leaf(described: Schema) -> Schema:
    """Give the part of a member's schema that says what the value is, of a list what an item is."""
    for choice in described.get("anyOf", ()):
        if choice.get("type") != "null":
            return _leaf(choice)
    items: Schema | None = described.get("items")
    return described if items is None else _leaf(items)


def _with_values(text: str, enum: str, *, grows: bool = False) -> str:
    meanings = values_of(enum)
    if not meanings:
        return text
    told = "; ".join(f"`{value}`: {meaning}" for value, meaning in meanings.items()).rstrip(".")
    return f"{text} {told}.{' More may come.' if grows else ''}".strip()


def example_of(name: str, schemas: Schemas, above: tuple[str, ...] = ()) -> Any:
    """Make the example of a whole object out of its members' examples."""
    made: dict[str, Any] = {}
    for member in schemas[name].get("properties", {}):
        required = member in schemas[name].get("required", ())
        marker = next((one for one in _entry(name, member)[1:] if one in (_NULL, _OMIT)), None)
        if marker == _NULL:
            made[member] = None
        elif marker is None or required:
            value = _example(name, member, schemas, (*above, name))
            if value is not None or required:
                made[member] = value
    return made


def _example(name: str, member: str, schemas: Schemas, above: tuple[str, ...]) -> Any:
    """Give an object's example out of its parts; else the member's own, or that of every object's member."""
    described = schemas[name]["properties"][member]
    if "properties" not in schemas.get(named(_leaf(described)), {}):
        if "const" in described:
            return described["const"]
        for of in _tables(name):
            own = [one for one in _words().get(of, {}).get(member, [""])[1:] if one not in (_NULL, _OMIT)]
            if own:
                return own[0]
    return _of_schema(described, schemas, above)


def _of_schema(schema: Schema, schemas: Schemas, above: tuple[str, ...]) -> Any:
    if schema.get("type") == "array":
        item = _of_schema(schema["items"], schemas, above)
        return [] if item is None else [item]
    choices: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    for choice in choices:
        if choice.get("type") != "null":
            return _of_schema(choice, schemas, above)
    named = schema.get("$ref", "").removeprefix(SCHEMA)
    if named and named not in above and "properties" in schemas.get(named, {}):
        return example_of(named, schemas, above)
    return None
