"""`/o`: the page of a NAV office that got a notice by letter. It needs no script and no cookie: the address has the
code."""

import asyncio
import re
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from varsling.context import Context
from varsling.deliveries.service import Operator, day_in
from varsling.domain.language import AnswerLanguage
from varsling.domain.office import ForwardingReason
from varsling.domain.problems import Code, NotFound, NoticeClosed, Problem, Refused
from varsling.domain.texts import load_texts, text_of
from varsling.notices.service import ForwardingInput
from varsling.office_page.service import CloseLetter, ForwardLetter, LetterPage, OpenLetter, look
from varsling.privacy.codes import as_typed
from varsling.web.answers import NO_STORE
from varsling.web.dependencies import ContextOf, LanguageOf, context_of, language_of
from varsling.web.forms import read_form
from varsling.web.pages import private_page

router = APIRouter(include_in_schema=False)

_REASON_WORDS = {
    ForwardingReason.WRONG_AREA: "wrong_area",
    ForwardingReason.MOVED: "moved",
    ForwardingReason.UNKNOWN: "unknown_office",
}
_OFFICE = re.compile(r"[0-9]{4}")
_NOTHING_SENT = {"reason": "", "office": ""}


@router.get("/o")
async def ask_code(context: ContextOf, language: LanguageOf) -> Response:
    return _code_form(context, language)


@router.post("/o")
async def take_code(request: Request, context: ContextOf, language: LanguageOf) -> Response:
    code = as_typed((await read_form(request)).get("code", ""))
    return _code_form(context, language, "unknown", 404) if code is None else _to(code)


@router.get("/o/{code}")
async def show_letter(code: str, context: ContextOf, language: LanguageOf) -> Response:
    return await _shown(context, language, code)


@router.post("/o/{code}/opened")
async def open_letter(code: str, request: Request, context: ContextOf, language: LanguageOf) -> Response:
    confirmed = (await read_form(request)).get("confirm")
    return await _taken(context, language, code, OpenLetter(context, code) if confirmed else None)


@router.post("/o/{code}/done")
async def end_letter(code: str, request: Request, context: ContextOf, language: LanguageOf) -> Response:
    confirmed = (await read_form(request)).get("confirm")
    return await _taken(context, language, code, CloseLetter(context, code) if confirmed else None)


@router.post("/o/{code}/forwarding")
async def forward_letter(code: str, request: Request, context: ContextOf, language: LanguageOf) -> Response:
    form = await read_form(request)
    sent = {name: form.get(name, "") for name in _NOTHING_SENT}
    if (fault := _fault(sent)) is not None:
        return await _shown(context, language, code, sent, fault)
    reason = ForwardingReason(sent["reason"])
    said = ForwardingInput(office=None if reason is ForwardingReason.UNKNOWN else sent["office"], reason=reason)
    try:
        return await _taken(context, language, code, ForwardLetter(context, code, said))
    except Refused:
        return await _shown(context, language, code, sent, "forward_office_unknown")
    except Problem as problem:
        if problem.code is not Code.ALREADY_FORWARDED:
            raise
        return await _shown(context, language, code, sent, "forward_office_same")


def _fault(sent: dict[str, str]) -> str | None:
    if sent["reason"] not in list(ForwardingReason):
        return "forward_reason_missing"
    if sent["reason"] == ForwardingReason.UNKNOWN:
        return None
    if not sent["office"]:
        return "forward_office_missing"
    return None if _OFFICE.fullmatch(sent["office"]) else "forward_office_unknown"


async def _taken(
    context: Context, language: AnswerLanguage, code: str, step: OpenLetter | ForwardLetter | CloseLetter | None
) -> Response:
    """Take a step, then show the page. A second click finds it taken. A form sent empty takes none."""
    try:
        if step is not None:
            await asyncio.to_thread(look, context, code)  # a stranger's guess writes nothing
            await context.writer.submit(step)
    except NotFound:
        return _code_form(context, language, "unknown", 404)
    except NoticeClosed:
        pass  # the page tells the state
    return _to(code)


async def _shown(
    context: Context,
    language: AnswerLanguage,
    code: str,
    sent: dict[str, str] | None = None,
    fault: str | None = None,
) -> Response:
    try:
        shown = await asyncio.to_thread(look, context, code)
    except NotFound:
        return _code_form(context, language, "unknown", 404)
    words = _words(language)
    return private_page(
        "letter.html",
        language,
        422 if fault else 200,
        words=words,
        code=code,
        shown=shown,
        sent=sent or _NOTHING_SENT,
        fault=words[fault] if fault else None,
        reasons=list(ForwardingReason),
        reason_words=_REASON_WORDS,
        **_days(shown, words["opened_on"], language),
        help=_help(context, language),
    )


def _days(shown: LetterPage, opened_on: str, language: AnswerLanguage) -> dict[str, Any]:
    return {
        "sent_on": day_in(language, shown.sent_on) if shown.sent_on else None,
        "opened_on": opened_on.format(day=day_in(language, shown.opened_on)) if shown.opened_on else None,
    }


def problem_page(request: Request, problem: Problem) -> Response:
    """Show the form for the code, with the problem in words, instead of JSON."""
    fault = "unknown" if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else "out_of_order"
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        fault = "too_many"
    return _code_form(context_of(request), language_of(request), fault, problem.status)


def _code_form(context: Context, language: AnswerLanguage, fault: str | None = None, status: int = 200) -> Response:
    words = _words(language)
    return private_page(
        "letter_code.html",
        language,
        status,
        words=words,
        fault=words[fault] if fault else None,
        help=_help(context, language),
    )


def _help(context: Context, language: AnswerLanguage) -> str:
    who = Operator.of(context.settings)
    return _words(language)["help"].format(operator=who.name, phone=who.phone)


def _words(language: AnswerLanguage) -> dict[str, str]:
    return _texts()[language]


@cache
def _texts() -> dict[AnswerLanguage, dict[str, str]]:
    folder = resources.files("varsling.office_page") / "texts"
    read = load_texts(folder, AnswerLanguage, prefix="office_page.")
    return {language: {key: text_of(entries, key) for key in entries} for language, entries in read.items()}


def _to(code: str) -> Response:
    return RedirectResponse(f"/o/{code}", 303, {"Cache-Control": NO_STORE, "Referrer-Policy": "no-referrer"})
