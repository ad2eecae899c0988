"""Pages for developers, all from this process: the guide, the API with Swagger UI, the problems, the public keys."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from varsling.access.issuer import public_jwks
from varsling.domain.catalogue import ProblemText, catalogue, words
from varsling.domain.codes import RULES
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import FIELD_CODES, Code, NotFound, status_of
from varsling.domain.remarks import Remark, remark_text
from varsling.web.answers import json_answer, rendered
from varsling.web.dependencies import ContextOf, LanguageOf, wants_page
from varsling.web.pages import ASSETS, FOR_ALL, headers, page

router = APIRouter(include_in_schema=False)

_SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SWAGGER = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>varsling: API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/assets/start.js"></script></body>
</html>
"""
_SWAGGER_START = (
    b"""SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", deepLinking: true, docExpansion: "list"});\n"""
)
_SWAGGER_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


@router.get("/")
async def home() -> Response:
    """Show the way to each reader's pages."""
    return page("home.html", AnswerLanguage.EN)


@router.get("/docs/")
async def guide_with_slash() -> Response:
    return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": "/docs", "Cache-Control": FOR_ALL})


@router.get("/docs/api")
async def api() -> Response:
    return Response(_SWAGGER, headers=headers(_SWAGGER_POLICY), media_type="text/html")


@router.get("/docs/assets/{name}")
async def docs_asset(name: str) -> Response:
    if name == "start.js":
        return Response(_SWAGGER_START, headers={"Cache-Control": FOR_ALL}, media_type="text/javascript")
    if name in ("pages.css", "docs.css"):
        return FileResponse(ASSETS / name, media_type="text/css", headers={"Cache-Control": FOR_ALL})
    if name not in _SWAGGER_FILES:
        raise NotFound
    return FileResponse(_swagger_ui() / name, media_type=_SWAGGER_FILES[name], headers={"Cache-Control": FOR_ALL})


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    return Response(rendered(request.app.openapi()), headers={"Cache-Control": FOR_ALL}, media_type="application/json")


@router.get("/problems")
async def problems(request: Request, language: LanguageOf) -> Response:
    """List every problem that an answer may have, with its remedy, and every remark."""
    listed = [_described(request, code, text) for code, text in catalogue(language).items()]
    remarks = [{"code": remark.value, "detail": remark_text(remark, language)} for remark in Remark]
    if wants_page(request):
        shown = [one | {"of_a_field": one["code"] in FIELD_CODES} for one in listed]
        return page("problems.html", language, words=words(language), problems=shown, remarks=remarks)
    return json_answer({"problems": listed, "remarks": remarks}, headers=_negotiated())


@router.get("/problems/{code}")
async def problem(request: Request, code: str, language: LanguageOf) -> Response:
    """Show one problem: its `type` links to this page."""
    text = catalogue(language).get(code)  # type: ignore[call-overload]  # a code is a str, and equal to its value
    if text is None:
        raise NotFound
    described = _described(request, Code(code), text)
    if wants_page(request):
        return page("problem.html", language, words=words(language), problem=described)
    return json_answer(described, headers=_negotiated())


@router.get("/.well-known/jwks.json")
async def jwks(context: ContextOf) -> Response:
    """Give the public keys of this installation's signatures."""
    return json_answer(public_jwks(context.keyring, context.settings), headers={"Cache-Control": FOR_ALL})


def _described(request: Request, code: Code, text: ProblemText) -> dict[str, object]:
    return {
        "type": f"{request.app.state.settings.public_url}/problems/{code}",
        "code": code.value,
        "status": status_of(code),
        "title": text.title,
        "detail": text.detail,
        "remedy": text.remedy,
        "mended_by": RULES[code].mender.value,
        "idempotency_key": RULES[code].key.value,
        "law": RULES[code].law,
    }


def _negotiated() -> Mapping[str, str]:
    return {"Vary": "Accept, Accept-Language", "Cache-Control": FOR_ALL}


def _swagger_ui() -> Path:
    """Find Swagger UI's files in their package, without importing the package."""
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        raise RuntimeError("fastapi-offline, which contains Swagger UI, is not installed")
    return Path(spec.origin).parent / "static"
