"""HTML forms: sent from a page of ours, read raw and small. Of a repeated name the last value counts."""

from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from varsling.domain.problems import Forbidden

_MAX_BYTES = 8 * 1024
_MAX_FIELDS = 30


async def read_form(request: Request) -> dict[str, str]:
    """Read a form of ours; empty if it is too large, or no form. Raises Forbidden for one of another site's page."""
    _require_own_page(request)
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


def _require_own_page(request: Request) -> None:
    """Refuse a form that a browser sends from another site, beside what SameSite keeps back.

    Our pages send no referrer, so browsers give their origin as "null"; and what is no browser gives neither.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden
        return
    origin = request.headers.get("origin", "null")
    own = {request.app.state.settings.public_url, str(request.base_url)}
    if origin != "null" and urlsplit(origin)[:2] not in {urlsplit(one)[:2] for one in own}:
        raise Forbidden
