"""`/t`: the tenant's page. It needs no script, and no address contains what she typed.

Mail scanners open every link, and some send forms: GET changes nothing, and a form sent empty does nothing.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from varsling.context import Context
from varsling.database.changes import Change
from varsling.database.engine import reading
from varsling.domain.tenant import Statement
from varsling.notices.service import MakeStatement
from varsling.privacy.codes import as_typed
from varsling.tenant_page import view
from varsling.tenant_page.actions import ReportMisuse, ReserveOnPage, StopReminder
from varsling.tenant_page.endpoints.parts import NOTICE, Form, code_form, door, shown, taken, who
from varsling.tenant_page.login import Enter, Leave, Refusal, Session, tenant_with
from varsling.tenant_page.responses import Reader, chosen_language, left, problem_page, to
from varsling.tenant_page.schemas import birth_date, call_wish, consents, dispute, misuse, wishes
from varsling.web.answers import NO_STORE
from varsling.web.dependencies import ContextOf
from varsling.web.forms import read_form

__all__ = ["problem_page", "router"]

router = APIRouter(include_in_schema=False)


@router.get("/t")
async def ask_code(request: Request, context: ContextOf) -> Response:
    return chosen_language(request, context) or code_form(request, context)


@router.post("/t")
async def take_code(request: Request, context: ContextOf) -> Response:
    code = as_typed((await read_form(request)).get("code", ""))
    return code_form(request, context, "page.code.unreadable") if code is None else to(f"/t/{code}")


@router.get("/t/leave")
async def leave(request: Request, context: ContextOf) -> Response:
    session = await who(request, context)
    if session is not None:
        await context.writer.submit(Leave(session))
    return left(request, context, context.settings.leave_url)


@router.get("/t/reserved")
async def show_reserved(request: Request, context: ContextOf) -> Response:
    return chosen_language(request, context) or Reader.of(request, context, "/t/reserved").page("tenant_reserved.html")


@router.get("/t/reported")
async def show_reported(request: Request, context: ContextOf) -> Response:
    """Say what happens next, to whoever asks: her own page tells nothing of a report."""
    return chosen_language(request, context) or Reader.of(request, context, "/t/reported").page("tenant_reported.html")


@router.get(NOTICE)
async def show_notice(request: Request, context: ContextOf) -> Response:
    return chosen_language(request, context) or await shown(request, context)


@router.get("/t/notice/letters/{delivery_id}")
async def fetch_letter(delivery_id: UUID, request: Request, context: ContextOf) -> Response:
    session = await who(request, context)
    if session is None:
        return to("/t")
    pdf = await asyncio.to_thread(view.letter, context, session, delivery_id)
    headers = {"Cache-Control": NO_STORE, "Content-Disposition": 'attachment; filename="nav.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/t/notice/call")
async def ask_for_call(request: Request, context: ContextOf) -> Response:
    return await _told(request, context, "call", "page.call.phone_fault", call_wish)


@router.post("/t/notice/disagree")
async def disagree(request: Request, context: ContextOf) -> Response:
    return await _told(request, context, "disagree", "page.disagree.missing", dispute)


@router.post("/t/notice/wishes")
async def wish(request: Request, context: ContextOf) -> Response:
    return await _told(request, context, "wishes", "page.wishes.missing", wishes)


@router.post("/t/notice/consents")
async def let_nav_talk(request: Request, context: ContextOf) -> Response:
    return await _told(request, context, "consents", "page.consents.missing", consents)


@router.post("/t/notice/reserve")
async def reserve(request: Request, context: ContextOf) -> Response:
    def reserved(_: UUID, session: Session, form: Form) -> Change[None] | None:
        return ReserveOnPage(context, session.tenant_id) if "sure" in form else None

    return await taken(request, context, "reserve", "page.reserve.missing", reserved)


@router.post("/t/notice/reminder")
async def stop_reminder(request: Request, context: ContextOf) -> Response:
    def stopped(_: UUID, session: Session, form: Form) -> Change[None] | None:
        return StopReminder(context, session.tenant_id) if "stop" in form else None

    return await taken(request, context, "reminder", "page.reserve.missing", stopped)


@router.post("/t/notice/report")
async def report(request: Request, context: ContextOf) -> Response:
    def reported(_: UUID, session: Session, form: Form) -> Change[None] | None:
        kinds = misuse(form)
        return ReportMisuse(context, session, kinds) if kinds else None

    return await taken(request, context, "report", "page.report.missing", reported, "/t/reported")


@router.get("/t/{code}")
async def ask_birth_date(code: str, request: Request, context: ContextOf) -> Response:
    """Ask for the birth date, with the same form for an unknown code."""
    if as_typed(code) is None:
        return code_form(request, context, "page.code.unreadable")
    return chosen_language(request, context) or door(request, context, code)


@router.post("/t/{code}")
async def take_birth_date(code: str, request: Request, context: ContextOf) -> Response:
    if (typed := as_typed(code)) is None:
        return code_form(request, context, "page.code.unreadable")
    born = birth_date((await read_form(request)).get("born", ""))
    if born is None:
        return door(request, context, code, ("born", "page.enter.unreadable"))
    if await asyncio.to_thread(_tenant_with, context, typed) is None:  # a stranger's guess writes nothing
        return door(request, context, code, ("born", "page.enter.wrong"))
    entered = await context.writer.submit(Enter(context, typed, born))
    if isinstance(entered, Session):
        return Reader.of(request, context, NOTICE).shown_to(to(NOTICE), entered)
    if entered is Refusal.WRONG:
        return door(request, context, code, ("born", "page.enter.wrong"))
    return Reader.of(request, context, "/t").page("tenant_closed.html", 429, closed=f"page.closed.{entered}")


@router.post("/t/{code}/reserve")
async def reserve_by_code(code: str, request: Request, context: ContextOf) -> Response:
    if (typed := as_typed(code)) is None:
        return code_form(request, context, "page.code.unreadable")
    if "sure" not in await read_form(request):
        return door(request, context, code, ("sure", "page.reserve.missing"))
    tenant_id = await asyncio.to_thread(_tenant_with, context, typed)
    if tenant_id is None:
        return door(request, context, code, ("sure", "page.reserve.unknown"))
    await context.writer.submit(ReserveOnPage(context, tenant_id))
    return to("/t/reserved")


def _tenant_with(context: Context, code: str) -> UUID | None:
    with reading(context.engine) as connection:
        return tenant_with(connection, context, code)


async def _told(
    request: Request, context: Context, section: str, missing: str, read: Callable[[Form], Statement | None]
) -> Response:
    """Take what she tells her office by a form."""

    def step(notice_id: UUID, her: Session, form: Form) -> Change[None] | None:
        statement = read(form)
        return None if statement is None else MakeStatement(context, notice_id, her.tenant_id, her.code_id, statement)

    return await taken(request, context, section, missing, step)
