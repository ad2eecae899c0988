"""The answers of the tenant's page: its language, its cookies, and the templates with their words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from varsling.context import Context
from varsling.dispatch.service import TAGS, Language, box, page_words, phone
from varsling.domain.language import best_language
from varsling.domain.problems import Problem
from varsling.settings import Settings
from varsling.tenant_page.login import SESSION, Session, ticket
from varsling.tenant_page.proven_login import ATTEMPT, SealedAttempt
from varsling.web.answers import NO_STORE
from varsling.web.dependencies import context_of
from varsling.web.pages import private_page

TICKET, LANGUAGE, LOGIN = "varsling_ticket", "varsling_language", "varsling_login"
_LANGUAGE_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a page: her language, and the page's own address (`here`) for links to itself."""

    context: Context
    language: Language
    here: str

    @classmethod
    def of(cls, request: Request, context: Context, here: str) -> "Reader":
        return cls(context, _language(request, context), here)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        return render(self.context.settings, self.language, self.here, template, status, **values)

    def shown_to(self, answer: Response, session: Session) -> Response:
        """Give the answer, and a ticket for a quarter of an hour."""
        sealed = ticket(self.context.keyring.cipher, session)
        _set(answer, self.context, TICKET, sealed, int(SESSION.total_seconds()))
        return answer

    def remembering(self, answer: Response, attempt: SealedAttempt) -> Response:
        """Give the answer, and a cookie with a login under way. It comes back with the step that ID-porten begins."""
        _set(answer, self.context, LOGIN, attempt.sealed(self.context.keyring.cipher), int(ATTEMPT.total_seconds()))
        return answer

    def attempt_of(self, request: Request, now: datetime) -> SealedAttempt | None:
        return SealedAttempt.opened(self.context.keyring.cipher, cookie(request, self.context, LOGIN), now)

    def forgetting(self, answer: Response) -> Response:
        """Give the answer, and end the login under way: it counts once."""
        _set(answer, self.context, LOGIN, "", 0)
        return answer


def render(
    settings: Settings, language: Language, here: str, template: str, status: int = 200, **values: Any
) -> Response:
    """Render a page in a language, with its words."""
    words, operator = page_words(settings, language)
    return private_page(
        template,
        language,
        status,
        here=here,
        say=lambda key, **more: words.line(key, **operator, **more),
        day=words.formats.day,
        telephone=phone,
        box=box(),
        box_lodged=box(lodged=True),
        languages=[(one, page_words(settings, one)[0].line("page.name")) for one in Language],
        **values,
    )


def problem_page(request: Request, problem: Problem) -> Response:
    """Show a page instead of a problem: that the fault passes, or the form for her code."""
    reader = Reader.of(request, context_of(request), "/t")
    if problem.status == HTTPStatus.TOO_MANY_REQUESTS:
        return reader.page("tenant_closed.html", problem.status, closed="page.closed.many")
    if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return reader.page("tenant_code.html", problem.status, fault=("code", "page.not_found"))
    return reader.page("tenant_problem.html", problem.status)


def _language(request: Request, context: Context) -> Language:
    """Choose the language: hers, else her browser's, else bokmål."""
    chosen = cookie(request, context, LANGUAGE)
    if chosen in list(Language):
        return Language(chosen)
    return best_language(request.headers.get("accept-language", ""), TAGS) or Language.NB


def chosen_language(request: Request, context: Context) -> Response | None:
    """Answer `?language=`: the same page without it, in the language that is kept from now on."""
    chosen = request.query_params.get("language")
    if chosen is None:
        return None
    answer = to(request.url.path)
    if chosen in list(Language):
        _set(answer, context, LANGUAGE, chosen, _LANGUAGE_SECONDS)
    return answer


def to(path: str) -> Response:
    return RedirectResponse(path, 303, _HEADERS)


def left(request: Request, context: Context, address: str) -> Response:
    """Leave the page for another, and end the session of this browser. Going back leads to the login.

    A step that another site began comes without the ticket, and ends nothing.
    """
    answer = to(address)
    if cookie(request, context, TICKET):
        _set(answer, context, TICKET, "", 0)
    return answer


_HEADERS: Mapping[str, str] = {"Cache-Control": NO_STORE, "Referrer-Policy": "no-referrer"}


def cookie(request: Request, context: Context, name: str) -> str:
    """Read a cookie of ours; empty if there is none."""
    return request.cookies.get(_name_and_path(context, name)[0], "")


def _name_and_path(context: Context, name: str) -> tuple[str, str]:
    """Name a cookie such that no neighbour under the same domain can set one for us, and log her in as another.

    Browsers keep `__Host-` for cookies of this host alone, set by TLS for all its paths (RFC 6265bis § 4.1.3.2).
    """
    return (f"__Host-{name}", "/") if context.settings.public_url.startswith("https:") else (name, "/t")


def _set(answer: Response, context: Context, name: str, value: str, seconds: int) -> None:
    full_name, path = _name_and_path(context, name)
    answer.set_cookie(
        full_name,
        value,
        max_age=seconds,
        path=path,
        secure=path == "/",
        httponly=True,
        samesite="strict" if name == TICKET else "lax",
    )
