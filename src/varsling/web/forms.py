"""HTML forms: read raw and small. Of a repeated name the last value counts."""

from urllib.parse import parse_qsl

from fastapi import Request

_MAX_BYTES = 8 * 1024
_MAX_FIELDS = 30


async def read_form(request: Request) -> dict[str, str]:
    """Read a form of ours; empty if it is too large, or no form."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_BYTES:
            return {}
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        return {name: value.strip() for name, value in parse_qsl(raw.decode("utf-8"), max_num_fields=_MAX_FIELDS)}
    except ValueError:
        return {}
