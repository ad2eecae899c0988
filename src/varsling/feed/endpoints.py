"""`GET /v1/feed` and `GET /v1/feed/head`: the caller's own stream (CONTRACT § Feed)."""

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import Field

from varsling.domain.problems import Code, Fault, ValidationFailed
from varsling.feed.cursor import Cursor
from varsling.feed.pages import After, Page
from varsling.feed.reader import StreamReader
from varsling.feed.schemas import FeedHead, FeedPage
from varsling.shapes import Limit, RequestModel, Seconds, parse_instant
from varsling.web.answers import NO_STORE, json_answer
from varsling.web.dependencies import PrincipalOf, of_request
from varsling.web.direct import DirectRoute
from varsling.web.openapi import described

_IMMUTABLE = "private, immutable"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")  # no cursor begins like this: its first bytes are an epoch


@contextlib.asynccontextmanager
async def reading_streams(app: FastAPI) -> AsyncIterator[None]:
    """Keep `app.state.streams` while the app's context is open."""
    app.state.streams = StreamReader(app.state.context)
    try:
        async with app.state.streams.watch.watching(app.state.stopping):
            yield
    finally:
        app.state.streams.close()


router = APIRouter(tags=["feed"], lifespan=reading_streams, route_class=DirectRoute)


StreamsOf = Annotated[StreamReader, of_request(lambda request: request.app.state.streams)]


class FeedQuery(RequestModel):
    """The beginning of a page, its length, and the time for which an empty page is held open."""

    after: Annotated[
        str | None,
        Field(description="The last page's `next`; none: the beginning; `head`: from now on; an instant: from then."),
    ] = None
    limit: Limit = 100
    wait: Annotated[Seconds, Field(description="Seconds to wait for an event.")] = 0


@router.get(
    "/v1/feed",
    summary="Read the stream",
    **described(responses={200: FeedPage, 304: None}, problems=(Code.CURSOR_UNKNOWN, Code.CURSOR_EXPIRED)),
)
async def read_feed(
    request: Request,
    principal: PrincipalOf,
    streams: StreamsOf,
    query: Annotated[FeedQuery, Query()],
) -> Response:
    organisation, after, limit = principal.acting, query.after, query.limit
    begin = _begin(streams, organisation, after)
    tag = streams.seal.etag(organisation, after, limit) if after is not None and isinstance(begin, Cursor) else None
    if tag is not None and _has(request, tag):
        # Only a reader who got the full page has its tag, and the page never changes: no need to read it.
        return Response(status_code=304, headers=_kept(tag))
    page = await streams.page(organisation, begin, limit, query.wait)
    full = tag is not None and page.size == limit
    headers = _kept(tag) if tag is not None and full else {"Cache-Control": NO_STORE}
    return Response(_rendered(streams, organisation, page), headers=headers, media_type="application/json")


@router.get("/v1/feed/head", summary="Read the end of the stream", **described(responses={200: FeedHead}))
async def read_head(principal: PrincipalOf, streams: StreamsOf) -> Response:
    head = await streams.head(principal.acting)
    return json_answer({"epoch": head.epoch, "position": head.position})


def _begin(streams: StreamReader, organisation: str, after: str | None) -> After:
    if after is None or after == "head":
        return None if after is None else "head"
    return _instant(after) if _INSTANT.match(after) else streams.seal.read(organisation, after)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        raise ValidationFailed([Fault("", Code.INVALID_DATE, parameter="after")]) from None


def _has(request: Request, tag: str) -> bool:
    given = ",".join(request.headers.getlist("if-none-match"))
    return given.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in given.split(","))


def _kept(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": _IMMUTABLE}


def _rendered(streams: StreamReader, organisation: str, page: Page) -> bytes:
    following = streams.seal.text(organisation, page.next)  # base64url: nothing to escape
    return f'{{"epoch":{page.epoch},"events":[{page.events}],"next":"{following}"}}'.encode()
