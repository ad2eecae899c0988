"""Answers: each body is rendered once, with orjson, and no cache may keep it."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response

from varsling.access.idempotency import StoredAnswer

NO_STORE = "no-store, private"


def etag_of(version: int) -> str:
    """Make the `ETag` of this version; `If-Match` takes it back."""
    return f'"{version}"'


def rendered(value: Any) -> bytes:
    return orjson.dumps(value)


def stored_answer(
    body: Mapping[str, Any], version: int, status: int = 200, location: str | None = None
) -> StoredAnswer:
    """Make an answer that shows this version, in the form that is kept for a repeated call."""
    return StoredAnswer(status=status, body=rendered(body), location=location, etag=etag_of(version))


def answer(stored: StoredAnswer, *, replayed: bool = False) -> Response:
    """Give a stored answer. A replay says that it is one."""
    headers = {"Cache-Control": NO_STORE}
    if stored.location is not None:
        headers["Location"] = stored.location
    if stored.etag is not None:
        headers["ETag"] = stored.etag
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(stored.body, stored.status, headers, media_type="application/json")


def json_answer(
    value: Any,
    status: int = 200,
    *,
    version: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give an answer that is not kept."""
    all_headers = {"Cache-Control": NO_STORE, **(headers or {})}
    if version is not None:
        all_headers["ETag"] = etag_of(version)
    return Response(rendered(value), status, all_headers, media_type="application/json")
