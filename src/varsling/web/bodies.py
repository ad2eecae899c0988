"""Request bodies: read raw, then checked for every fault, each told by pointer and code and never by value (guarantee
9)."""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import ValidationError

from varsling.domain.problems import Code, Fault, Problem, ValidationFailed
from varsling.shapes import Location, RequestModel

S = TypeVar("S", bound=RequestModel)

MAX_BYTES = 4 * 1024 * 1024
MAX_FAULTS = 100
"""More faults would help no caller, and could make an answer many times the size of its body."""

_MEMBER_NAME = re.compile(r"[a-z_]{1,40}")
_CODES = frozenset(Code)
_OF_PYDANTIC = {
    "missing": Code.MISSING,
    "extra_forbidden": Code.UNKNOWN_FIELD,
    "string_pattern_mismatch": Code.INVALID_FORMAT,
    "string_unicode": Code.INVALID_TEXT,
}


@dataclass(frozen=True, slots=True)
class Body(Generic[S]):
    """A body: its model, and the parsed JSON (for fingerprints)."""

    model: S
    parsed: dict[str, Any]


async def read_body(request: Request, model: type[S]) -> Body[S]:
    """Read the request's body. Raises Problem: too-large, unsupported-media-type, malformed-json, validation-failed."""
    raw = await _read(request)
    _check_media_type(request)
    parsed = _parsed(raw)
    return Body(validate(model, parsed), parsed)


def _parsed(raw: bytes) -> Any:
    """Parse JSON (RFC 8259), skipping a byte-order mark.

    It uses the standard library's reader, which shows a member given twice. Otherwise one reader of the body would take
    it and the next ignore it.
    """
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        return json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(Code.MALFORMED_JSON) from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def validate(model: type[S], parsed: Any) -> S:
    """Make the model of a parsed body. Raises ValidationFailed with all its faults, at most the first hundred."""
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults = dict.fromkeys(fault_at(one["loc"], one["type"]) for one in found)
        raise ValidationFailed(tuple(faults)[:MAX_FAULTS]) from None


def fault_at(location: Location, kind: str) -> Fault:
    """Translate an error of pydantic's into a fault: only its place and its kind are kept."""
    return Fault(_pointer(location, kind), _code(kind))


def parameter_fault(location: Location, kind: str) -> Fault:
    """Translate an error of a query. A parameter's name that may contain a value is not repeated."""
    return Fault("", _code(kind), parameter=_pointer(location, kind).removeprefix("/"))


async def _read(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES:
        raise Problem(Code.TOO_LARGE)
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise Problem(Code.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _check_media_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    plain = "content-encoding" not in request.headers and charset in ("", "charset=utf-8")
    if media_type.strip().lower() != "application/json" or not plain:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE)


def _code(kind: str) -> Code:
    if kind in _CODES:
        return Code(kind)
    if code := _OF_PYDANTIC.get(kind):
        return code
    return Code.WRONG_TYPE if kind.endswith("_type") else Code.OUT_OF_RANGE


def _pointer(location: Location, kind: str) -> str:
    """Make a JSON pointer (RFC 6901). The name of an unknown member is the caller's own word: if it may contain a
    value, it is not repeated."""
    if kind in ("extra_forbidden", Code.UNKNOWN_FIELD) and not _MEMBER_NAME.fullmatch(str(location[-1])):
        location = location[:-1]
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)
