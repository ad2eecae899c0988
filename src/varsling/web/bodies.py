"""Request bodies: read raw, then checked for every fault, each told by pointer and code and never by value (guarantee
9).

A body comes from a stranger's program: its size is limited before it is read, its depth and its members before it is
checked, and each text before it is normalised. A small body is parsed and checked at once; a larger one in a thread, so
that it does not keep the event loop from others.
"""

import asyncio
import codecs
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import anyio.to_thread
from fastapi import Request
from pydantic import ValidationError

from varsling.domain.problems import Code, Fault, Problem, ValidationFailed
from varsling.fault_kinds import parts_of
from varsling.shapes import Location, RequestModel

S = TypeVar("S", bound=RequestModel)
Result = TypeVar("Result")

CALL_BYTES = 128 * 1024
"""The largest body of a call about one thing, and the largest item of a batch."""
BATCH_BYTES = 4 * 1024 * 1024
_AT_ONCE_BYTES = 8 * 1024
"""The largest body that the event loop reads itself: some milliseconds at worst. The way to a thread and back costs as
much as reading a notice of common size."""
CALL_MEMBERS = 1000
"""The most values of a body, of all objects and lists in it. The largest notice that the contract allows has 450."""
BATCH_MEMBERS = 200 * CALL_MEMBERS
MAX_DEPTH = 32

_MEMBER_NAME = re.compile(r"[a-z_]{1,40}")
_CODES = frozenset(Code)
_OF_PYDANTIC = {
    "missing": Code.MISSING,
    "extra_forbidden": Code.UNKNOWN_FIELD,
    "string_pattern_mismatch": Code.INVALID_FORMAT,
    "string_unicode": Code.INVALID_TEXT,
    "uuid_parsing": Code.INVALID_FORMAT,
}


@dataclass(frozen=True, slots=True)
class Body(Generic[S]):
    """A body: its model, and the parsed JSON (for fingerprints)."""

    model: S
    parsed: dict[str, Any]


async def read_raw(request: Request, most: int = CALL_BYTES) -> bytes:
    """Read the request's body, of at most so many bytes. Raises Problem: too-large, unsupported-media-type."""
    raw = await _read(request, most)
    _check_media_type(request)
    return raw


async def read_hint(request: Request) -> Mapping[str, Any]:
    """Read another system's message, of which nothing has to be there. Raises Problem: too-large, malformed-json."""
    raw = await _read(request, CALL_BYTES)
    parsed = await beside(raw, parse, raw)
    return parsed if isinstance(parsed, Mapping) else {}


def parse_body(raw: bytes, model: type[S]) -> Body[S]:
    """Read a body of a call about one thing. Raises Problem: malformed-json, too-large, validation-failed."""
    parsed = parse_small(raw)
    return Body(validate(model, parsed), parsed)


async def read_body(request: Request, model: type[S]) -> Body[S]:
    """Read the body of a call about one thing. Raises Problem: those of `read_raw` and `parse_body`."""
    raw = await read_raw(request)
    return await beside(raw, parse_body, raw, model)


async def beside(raw: bytes, call: Callable[..., Result], *arguments: object) -> Result:
    """Run what reads a body and asks nobody: at once for a small one, in a thread for a larger one."""
    return call(*arguments) if len(raw) <= _AT_ONCE_BYTES else await in_thread(call, *arguments)


async def in_thread(call: Callable[..., Result], *arguments: object) -> Result:
    """Run what takes long in a thread: the event loop answers others meanwhile."""
    return await anyio.to_thread.run_sync(call, *arguments)


def parse_small(raw: bytes) -> Any:
    """Parse the body of a call about one thing. Raises Problem: malformed-json, too-large."""
    return parse(raw, CALL_MEMBERS, CALL_BYTES)


def parse(raw: bytes, most_members: int = BATCH_MEMBERS, most_characters: int = BATCH_BYTES) -> Any:
    """Parse JSON (RFC 8259), skipping a byte-order mark. Raises Problem: malformed-json, too-large.

    Call it by `beside`, or in a thread. It uses the standard library's reader, which shows a member given twice.
    Otherwise one reader of the body would take it and the next ignore it.
    """
    _refuse_to_block(raw)
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        parsed = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Problem(Code.MALFORMED_JSON) from None
    if not _plainly_small(raw, most_members, most_characters):
        _require_small(parsed, most_members, most_characters)
    return parsed


def require_small(parsed: Any) -> None:
    """Require what one call, or one item of a batch, may have. Raises Problem: malformed-json, too-large."""
    _require_small(parsed, CALL_MEMBERS, CALL_BYTES)


def _plainly_small(raw: bytes, most_members: int, most_characters: int) -> bool:
    """Tell whether the text alone shows that its value is small: it is no deeper than it has brackets, and each member
    follows a bracket or a comma."""
    brackets = raw.count(b"{") + raw.count(b"[")
    return brackets <= MAX_DEPTH and raw.count(b",") + brackets <= most_members and len(raw) <= most_characters


def _require_small(parsed: Any, most_members: int, most_characters: int) -> None:
    """Count members, depth and characters, and no further than the first that is too many."""
    level, members, characters = [parsed], 0, 0
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                characters += len(value)
            elif isinstance(value, dict):
                members += len(value)
                characters += sum(map(len, value))
                below += value.values()
            elif isinstance(value, list):
                members += len(value)
                below += value
            if members > most_members or characters > most_characters:
                raise Problem(Code.TOO_LARGE)
        if not below:
            return
        level = below
    raise Problem(Code.MALFORMED_JSON)


def _refuse_to_block(raw: bytes) -> None:
    """Hold callers to `beside`: a large body read on the event loop keeps every other caller waiting."""
    looping = asyncio._get_running_loop() is not None  # noqa: SLF001  (documented; `get_running_loop` raises instead)
    if looping and len(raw) > _AT_ONCE_BYTES:
        raise RuntimeError("large bodies are read in a thread")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def validate(model: type[S], parsed: Any) -> S:
    """Make the model of a parsed body. Raises ValidationFailed with all its faults."""
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise ValidationFailed([fault_at(one["loc"], one["type"]) for one in found]) from None


def fault_at(location: Location, kind: str) -> Fault:
    """Translate an error of pydantic's into a fault: only its place and its kind are kept."""
    kind, members = parts_of(kind)
    code = _code(kind)
    if code is Code.OUT_OF_RANGE:
        return Fault(_pointer(location, kind), code, choices=members)
    return Fault(_pointer(location, kind), code, one_of=members)


def parameter_fault(location: Location, kind: str) -> Fault:
    """Translate an error of a query. A parameter's name that may contain a value is not repeated."""
    kind, choices = parts_of(kind)
    return Fault("", _code(kind), choices=choices, parameter=_pointer(location, kind).removeprefix("/"))


async def _read(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        raise Problem(Code.TOO_LARGE)
    parts = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Problem(Code.TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


def _check_media_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    encoded = request.headers.get("content-encoding", "identity").strip().lower()
    plain = encoded == "identity" and charset in ("", "charset=utf-8")
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
