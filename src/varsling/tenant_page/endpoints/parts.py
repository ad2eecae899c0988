"""What the routes of the tenant's page share: who reads, the page itself, and the step that a form takes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fastapi import Request, Response

from varsling.context import Context
from varsling.database.changes import Change
from varsling.database.engine import reading
from varsling.domain.problems import NotFound, NoticeClosed, RateLimited
from varsling.idporten.service import IdPorten
from varsling.notices.service import tenant_of
from varsling.privacy.codes import as_typed
from varsling.tenant_page import view
from varsling.tenant_page.login import Session, is_open, read_ticket
from varsling.tenant_page.responses import TICKET, Reader, cookie, to
from varsling.tenants import service as tenants
from varsling.web.forms import read_form

NOTICE = "/t/notice"
Form = dict[str, str]
Step = Callable[[UUID, Session, Form], Change[None] | None]


def idporten_of(request: Request) -> IdPorten | None:
    found: IdPorten | None = request.app.state.idporten
    return found


async def taken(
    request: Request, context: Context, section: str, missing: str, step: Step, then: str | None = None
) -> Response:
    """Take the step of a form, then show the page. A second click finds it taken."""
    session = await who(request, context)
    if session is None:
        return code_form(request, context, "page.enter.over", 403)

    def find() -> UUID:
        with reading(context.engine) as connection:
            named = tenant_of(connection, session.tenant_id)
        if named is None:
            raise NotFound
        return named.notice_id

    form = await read_form(request)
    change = step(await asyncio.to_thread(find), session, form)
    if change is None:
        return await shown(request, context, (section, missing), form)
    try:
        await context.writer.submit(change)
    except RateLimited:
        return await shown(request, context, (section, "page.sent.often"), form)
    except NoticeClosed:
        pass  # the page tells the state
    return to(then or f"{NOTICE}#{section}")


async def shown(
    request: Request, context: Context, fault: tuple[str, str] | None = None, form: Form | None = None
) -> Response:
    reader = Reader.of(request, context, NOTICE)
    session = await who(request, context)
    if session is None:
        return code_form(request, context, "page.enter.over" if cookie(request, context, TICKET) else None, 403)
    try:
        seen = await asyncio.to_thread(view.look, context, session, reader.language)
    except NotFound:
        return code_form(request, context, "page.not_found", 404)
    answer = reader.page(
        "tenant.html",
        422 if fault else 200,
        seen=seen,
        fault=fault,
        form=form or {},
        login=idporten_of(request) is not None,
        **view.CHOICES,
    )
    return reader.shown_to(answer, replace(session, since=await now_of(context)))


def door(request: Request, context: Context, code: str, fault: tuple[str, str] | None = None) -> Response:
    reader = Reader.of(request, context, f"/t/{as_typed(code)}")
    login = idporten_of(request) is not None
    return reader.page("tenant_door.html", 422 if fault else 200, fault=fault, login=login)


def code_form(request: Request, context: Context, fault: str | None = None, status: int = 422) -> Response:
    return Reader.of(request, context, "/t").page(
        "tenant_code.html", status if fault else 200, fault=fault and ("code", fault)
    )


async def who(request: Request, context: Context) -> Session | None:
    session = read_ticket(context.keyring.cipher, cookie(request, context, TICKET))
    if session is None:
        return None

    def goes_on() -> bool:
        with reading(context.engine) as connection:
            return is_open(connection, session, context.clock.now(connection))

    return session if await asyncio.to_thread(goes_on) else None


def code_id_of(context: Context, code: str) -> UUID | None:
    """Find the id of a typed code; None if there is none."""
    with reading(context.engine) as connection:
        found = tenants.code_with(connection, context.keyring.index.code(code))
    return None if found is None else found.id


async def now_of(context: Context) -> datetime:
    def ask() -> datetime:
        with reading(context.engine) as connection:
            return context.clock.now(connection)

    return await asyncio.to_thread(ask)
