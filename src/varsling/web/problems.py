"""Problems in answers: RFC 9457, in the requested language, never with an offending value (guarantee 9)."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from varsling.domain.catalogue import fault_text, problem_text
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code, Fault, NotFound, Problem, RateLimited, ValidationFailed
from varsling.web.answers import NO_STORE, rendered
from varsling.web.bodies import parameter_fault
from varsling.web.dependencies import language_of
from varsling.web.limits import charge_unread
from varsling.web.routes import methods_of

PROBLEM_JSON = "application/problem+json"

_OF_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    413: Code.TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
}


def problem_body(problem: Problem, language: AnswerLanguage, *, public_url: str, trace_id: str) -> dict[str, Any]:
    """Make the members of a problem. A batch puts the same into its item's result."""
    body: dict[str, Any] = {
        "type": f"{public_url}/problems/{problem.code}",
        "title": problem_text(problem.code, language).title,
        "status": problem.status,
        "detail": _detail(problem.code, language),
        "code": problem.code,
        "errors": [_error(fault, language) for fault in problem.faults],
        "trace_id": trace_id,
    }
    return body | dict(problem.members)


def problem_answer(request: Request, problem: Problem) -> Response:
    """Answer with JSON; below an address of `app.state.problem_pages`, with that feature's own page, since people read
    it."""
    request.scope["problem"] = problem.code  # for the log line
    page = request.app.state.problem_pages.get("".join(request.url.path.split("/")[1:2]))
    answer: Response = _as_json(request, problem) if page is None else page(request, problem)
    answer.headers.update(problem.headers)
    return answer


def _as_json(request: Request, problem: Problem) -> Response:
    body = problem_body(
        problem,
        language_of(request),
        public_url=request.app.state.settings.public_url,
        trace_id=request.scope["trace_id"],
    )
    headers = {"Cache-Control": NO_STORE, "Vary": "Accept-Language"}
    return Response(rendered(body), problem.status, headers, media_type=PROBLEM_JSON)


def add_handlers(app: FastAPI) -> None:
    """Turn every exception of a route into a problem. `app.middleware` handles the unforeseen ones."""
    app.add_exception_handler(Problem, _problem)  # type: ignore[arg-type]  # a handler gets what it is registered for
    app.add_exception_handler(HTTPException, _of_the_framework)  # type: ignore[arg-type]  # likewise
    app.add_exception_handler(RequestValidationError, _of_parameters)  # type: ignore[arg-type]  # likewise


async def _problem(request: Request, problem: Problem) -> Response:
    return problem_answer(request, problem)


async def _of_the_framework(request: Request, error: HTTPException) -> Response:
    """Translate the framework's own refusals. Its 400 means a body that it cannot read.

    No endpoint read the token of a call to a path that is not there.
    """
    if error.status_code in (404, 405):
        try:
            charge_unread(request.scope)
        except RateLimited as limited:
            return problem_answer(request, limited)
    if error.status_code == 405:
        headers = {"Allow": ", ".join(methods_of(request.url.path))}
        return problem_answer(request, Problem(Code.METHOD_NOT_ALLOWED, headers=headers))
    unforeseen = Code.INTERNAL if error.status_code >= 500 else Code.MALFORMED_JSON
    return problem_answer(request, Problem(_OF_STATUS.get(error.status_code, unforeseen)))


async def _of_parameters(request: Request, error: RequestValidationError) -> Response:
    """Translate faults of path and query parameters. An impossible path is one that is not there."""
    found = error.errors()
    if any(one["loc"][0] == "path" for one in found):
        return problem_answer(request, NotFound())
    faults = [parameter_fault(tuple(one["loc"][1:]), one["type"]) for one in found]
    return problem_answer(request, ValidationFailed(faults))


def _error(fault: Fault, language: AnswerLanguage) -> dict[str, Any]:
    where = {"pointer": fault.pointer} if fault.parameter is None else {"parameter": fault.parameter}
    error: dict[str, Any] = where | {"code": fault.code, "detail": fault_text(fault, language)}
    if fault.one_of:
        error["one_of"] = list(fault.one_of)
    if fault.against is not None:
        error["against"] = fault.against
    return error | ({"candidates": [one.as_member() for one in fault.candidates]} if fault.candidates else {})


def _detail(code: Code, language: AnswerLanguage) -> str:
    text = problem_text(code, language)
    return f"{text.detail} {text.remedy}"
