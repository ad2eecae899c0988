"""Pages for developers, all from this process: the API with Swagger UI, the problems, the public keys."""

import html
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from varsling.access.issuer import public_jwks
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Code, NotFound, Problem, ProblemText, catalogue, status_of
from varsling.web.answers import json_answer, rendered
from varsling.web.dependencies import ContextOf, LanguageOf, accepts

router = APIRouter(include_in_schema=False)

_FOR_ALL = "public, max-age=300"
_PAGE_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DOCS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>varsling: API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/assets/start.js"></script></body>
</html>
"""
_START = b"""SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", deepLinking: true, docExpansion: "list"});\n"""
_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@router.get("/docs")
async def docs() -> Response:
    return Response(_DOCS, headers=_headers(_DOCS_POLICY), media_type="text/html")


@router.get("/docs/assets/{name}")
async def docs_asset(name: str) -> Response:
    if name == "start.js":
        return Response(_START, headers={"Cache-Control": _FOR_ALL}, media_type="text/javascript")
    if name not in _ASSETS:
        raise NotFound
    return FileResponse(_swagger_ui() / name, media_type=_ASSETS[name], headers={"Cache-Control": _FOR_ALL})


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    return Response(rendered(request.app.openapi()), headers={"Cache-Control": _FOR_ALL}, media_type="application/json")


@router.get("/problems")
async def problems(request: Request, language: LanguageOf) -> Response:
    """Every problem that an answer may have, with what to do about it."""
    listed = [_described(request, code, text) for code, text in catalogue(language).items()]
    if _wants_page(request):
        items = "".join(
            f'<li><a href="/problems/{one["code"]}">{one["code"]}</a>: {html.escape(str(one["title"]))}</li>'
            for one in listed
        )
        return _page(language, "Problems", f"<ul>{items}</ul>")
    return json_answer({"problems": listed}, headers=_negotiated())


@router.get("/problems/{code}")
async def problem(request: Request, code: str, language: LanguageOf) -> Response:
    """What the `type` of a problem leads to."""
    text = catalogue(language).get(code)  # type: ignore[call-overload]  # a code is a str, and equal to its value
    if text is None:
        raise NotFound
    if _wants_page(request):
        paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in (text.detail, text.remedy))
        return _page(language, text.title, f"<p><code>{code}</code> {status_of(Code(code))}</p>{paragraphs}")
    return json_answer(_described(request, Code(code), text), headers=_negotiated())


@router.get("/.well-known/jwks.json")
async def jwks(context: ContextOf) -> Response:
    """The public keys of what this installation signs."""
    return json_answer(public_jwks(context.keyring, context.settings), headers={"Cache-Control": _FOR_ALL})


def _described(request: Request, code: Code, text: ProblemText) -> Mapping[str, object]:
    return {
        "type": f"{request.app.state.settings.public_url}/problems/{code}",
        "code": code,
        "status": status_of(code),
        "title": text.title,
        "detail": text.detail,
        "remedy": text.remedy,
    }


def _wants_page(request: Request) -> bool:
    """A browser names HTML; everybody else gets JSON."""
    accept = request.headers.get("accept", "*/*")
    if "text/html" in accept.lower():
        return True
    if not accepts(accept, "application/json"):
        raise Problem(Code.NOT_ACCEPTABLE)
    return False


def _page(language: AnswerLanguage, title: str, content: str) -> Response:
    shown = html.escape(title)
    page = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{shown}</title></head>'
        f"<body><h1>{shown}</h1>{content}</body></html>\n"
    )
    return Response(page, headers=_headers(_PAGE_POLICY) | _negotiated(), media_type="text/html")


def _headers(policy: str) -> dict[str, str]:
    return {"Content-Security-Policy": policy, "Cache-Control": _FOR_ALL, "Referrer-Policy": "no-referrer"}


def _negotiated() -> dict[str, str]:
    return {"Vary": "Accept, Accept-Language", "Cache-Control": _FOR_ALL}


def _swagger_ui() -> Path:
    """Swagger UI's files, out of the package that ships them; the package itself is not loaded."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise NotFound
    return Path(spec.origin).parent / "static"
