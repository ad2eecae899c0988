"""`/t/…/login`: a tenant proves by ID-porten who she is, and what only she can do then."""

import asyncio
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request, Response

from varsling.context import Context
from varsling.database.changes import Change
from varsling.domain.problems import NotFound
from varsling.idporten.service import IdPorten, LoginRefused
from varsling.privacy.codes import as_typed
from varsling.tenant_page import proven
from varsling.tenant_page.actions import UndoReservation
from varsling.tenant_page.endpoints.parts import (
    NOTICE,
    Form,
    code_form,
    code_id_of,
    door,
    idporten_of,
    now_of,
    taken,
    who,
)
from varsling.tenant_page.login import Leave, Session
from varsling.tenant_page.proven_login import EndLogin, EnterProven, NotProven, SealedAttempt, codes_of_session
from varsling.tenant_page.responses import Reader, left, to
from varsling.web.answers import NO_STORE
from varsling.web.dependencies import ContextOf
from varsling.web.pages import headers

router = APIRouter(include_in_schema=False)


def _required(request: Request) -> IdPorten:
    """Give ID-porten's client. Raises NotFound where none is configured: these pages are then absent."""
    found = idporten_of(request)
    if found is None:
        raise NotFound
    return found


@router.get("/t/notice/login")
async def log_in_from_page(request: Request, context: ContextOf) -> Response:
    idporten, session = _required(request), await who(request, context)
    return to("/t") if session is None else await _sent_off(request, context, idporten, session.code_id, NOTICE)


@router.get("/t/{code}/login")
async def log_in(code: str, request: Request, context: ContextOf) -> Response:
    """Send her to ID-porten, and back to the notice of this code."""
    idporten = _required(request)
    if (typed := as_typed(code)) is None:
        return code_form(request, context, "page.code.unreadable")
    code_id = await asyncio.to_thread(code_id_of, context, typed)
    if code_id is None:  # a stranger's guess calls nobody
        return door(request, context, code, ("login", "page.reserve.unknown"))
    return await _sent_off(request, context, idporten, code_id, f"/t/{typed}")


async def _sent_off(request: Request, context: Context, idporten: IdPorten, code_id: UUID, back: str) -> Response:
    reader = Reader.of(request, context, "/t")
    try:
        address, attempt = await idporten.start(reader.language)
    except LoginRefused as refused:
        return reader.page("tenant_login.html", 503, said=f"page.login.{refused.why}", then=back, on=False)
    sealed = SealedAttempt(attempt, code_id, back, await now_of(context))
    return reader.remembering(to(address), sealed)


@router.get("/t/login")
async def come_back(request: Request, context: ContextOf) -> Response:
    """Let her in, if ID-porten says that it is she. The next page is a step of hers: her ticket goes with no step that
    another site began."""
    idporten, reader = _required(request), Reader.of(request, context, "/t")
    given = reader.attempt_of(request, await now_of(context))
    if given is None:
        return reader.forgetting(reader.page("tenant_login.html", 403, said="page.login.stale", then="/t", on=False))
    if not given.attempt.answered_by(request.query_params):  # a link of somebody else's must not end her login
        return reader.page("tenant_login.html", 403, said="page.login.stale", then=given.back, on=False)
    try:
        identity = await idporten.finish(given.attempt, dict(request.query_params))
    except LoginRefused as refused:
        page = reader.page("tenant_login.html", 403, said=f"page.login.{refused.why}", then=given.back, on=False)
        return reader.forgetting(page)
    entered = await context.writer.submit(EnterProven(context, given.code_id, identity))
    if isinstance(entered, NotProven):
        page = reader.page("tenant_login.html", 403, said=f"page.login.{entered}", then=given.back, on=False)
        return reader.forgetting(page)
    page = reader.page("tenant_login.html", said="page.login.done", then=NOTICE, on=True)
    return reader.forgetting(reader.shown_to(page, entered))


@router.get("/t/logout")
async def log_out(request: Request, context: ContextOf) -> Response:
    """End her session here and at ID-porten, which ends those at other services."""
    idporten, session = _required(request), await who(request, context)
    if session is not None:
        await context.writer.submit(Leave(session))
    return left(request, context, await idporten.logout_url() or "/t")


@router.get("/t/logged-out")
async def end_session(request: Request, context: ContextOf) -> Response:
    """Front-channel logout: ID-porten's page loads this in a frame, without her cookies."""
    idporten = _required(request)
    issuer, session = (request.query_params.get(name, "") for name in ("iss", "sid"))
    if issuer.rstrip("/") == idporten.issuer and session:
        code_ids = await asyncio.to_thread(codes_of_session, context, session)
        if code_ids:  # a stranger's guess writes nothing
            await context.writer.submit(EndLogin(code_ids))
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(idporten.known_logout_url or idporten.issuer))
    policy = f"default-src 'none'; frame-ancestors {origin}"
    return Response(headers=headers(policy) | {"Cache-Control": NO_STORE}, media_type="text/html")


@router.post("/t/notice/undo")
async def undo_reservation(request: Request, context: ContextOf) -> Response:
    _required(request)

    def undone(_: UUID, session: Session, form: Form) -> Change[None] | None:
        if not session.proven:
            raise NotFound
        return UndoReservation(context, session.tenant_id) if "sure" in form else None

    return await taken(request, context, "undo", "page.undo.missing", undone)


@router.get("/t/notice/export")
async def export(request: Request, context: ContextOf) -> Response:
    _required(request)
    session = await who(request, context)
    if session is None or not session.proven:
        return to("/t")
    document = await asyncio.to_thread(proven.export, context, session)
    told = {"Cache-Control": NO_STORE, "Content-Disposition": 'attachment; filename="nav.json"'}
    return Response(document, media_type="application/json", headers=told)
