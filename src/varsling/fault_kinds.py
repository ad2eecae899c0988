"""The kinds of pydantic's errors that our schemas make and read: a code, and what belongs to it. No kind has a value of
the caller's."""

import re

from pydantic_core import ErrorDetails, PydanticCustomError

from varsling.domain.problems import Code

_QUOTED = re.compile("'([^']*)'")


def fault(kind: str) -> PydanticCustomError:
    """Make an error of pydantic's that carries one of our codes, and no value."""
    return PydanticCustomError(kind, "refused")


def one_of(*members: str) -> str:
    """Make the kind of an error that says: one of these members is needed."""
    return " ".join((Code.MISSING, *members))


def parts_of(kind: str) -> tuple[str, tuple[str, ...]]:
    """Take apart a kind of error: the code, and the members of which one is needed, or the values to choose from."""
    code, *members = kind.split(" ")
    return code, tuple(members)


def kind_of(error: ErrorDetails) -> str:
    """Give the kind of an error of pydantic's. What an enumeration takes is named: it is no value of the caller's."""
    kind = error["type"]
    if kind not in ("enum", "literal_error"):
        return kind
    return " ".join((Code.OUT_OF_RANGE, *_QUOTED.findall(error["ctx"]["expected"])))
