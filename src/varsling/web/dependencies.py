"""Dependencies of endpoints: the context, the caller, the language of the answer, and the preconditions of a change.

`admitted` runs before every route: token, scope and rate limit precede the body.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import QueryParams

from varsling.access.jwks import KeysUnknown
from varsling.access.policy import POLICY
from varsling.access.principal import Principal
from varsling.access.token_claims import TokenRefused
from varsling.access.tokens import Verifier
from varsling.context import Context
from varsling.domain.language import AnswerLanguage, answer_language
from varsling.domain.problems import (
    Code,
    Fault,
    Forbidden,
    Problem,
    Unauthenticated,
    Unavailable,
    ValidationFailed,
    VersionConflict,
)
from varsling.web.bodies import parameter_fault
from varsling.web.limits import Limiter, address_of, charge, charge_unread

Read = TypeVar("Read")

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
# A list of entity tags (RFC 9110 § 8.8.3); ours are strong, and their text is the version.
_TAGS = re.compile(r'(?:\s|,|(?:W/)?"[^"]*"(?=\s*(?:,|$)))*')
_OUR_TAG = re.compile(r'(?<!W/)"(\d{1,9})"', re.ASCII)
_INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
# A query of so many bytes is remembered; a caller may send a head of any.
MOST_REMEMBERED = 256
# The query's names of a route, by its endpoint.
_known: dict[Callable[..., Any], frozenset[str]] = {}
# Seconds until an issuer that gave no keys is asked again.
_KEYS_RETRY = 10


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def language_of(request: Request) -> AnswerLanguage:
    return answer_language(request.headers.get("accept-language"))


def idempotency_key(request: Request) -> str | None:
    """Read the call's own key. Raises Problem (idempotency-key-malformed) for two: each would bind another call."""
    given = request.headers.getlist("idempotency-key")
    if len(given) > 1:
        raise Problem(Code.IDEMPOTENCY_KEY_MALFORMED)
    return given[0] if given else None


def expected_versions(request: Request) -> frozenset[int] | None:
    """Read the versions of `If-Match`; None without one or with `*`. Raises VersionConflict for no list of tags: an
    empty one names no version that could be right."""
    lines = request.headers.getlist("if-match")
    given = ",".join(lines)
    if not lines or given.strip() == "*":
        return None
    if not _TAGS.fullmatch(given):
        raise VersionConflict
    return frozenset(int(tag) for tag in _OUR_TAG.findall(given))


async def admitted(request: Request) -> Principal | None:
    """Admit the caller by the route's row of the policy; None on a public route.

    Raises Problem: unauthenticated, forbidden, rate-limited, not-acceptable. A route without a row admits no caller.
    """
    route = request.scope["route"]
    rule = POLICY[request.method, route.path]
    if rule.public:
        charge_unread(request.scope)
        _require_known_query(request, route)
        return None
    principal = await _authenticated(request)
    request.scope["acting"] = principal.acting
    charge(request.scope, request.app.state.limiter, principal.acting)
    if not rule.allows(principal):
        raise Forbidden(scope=f"{request.app.state.context.settings.scope_prefix}{rule.first}")
    require_json(request)
    _require_known_query(request, route)
    return principal


def _require_known_query(request: Request, route: APIRoute) -> None:
    """Raise ValidationFailed for parameters that the call does not have, and for one given twice.

    A landlord's system that asks for `?dry_run=true` must not send a notice. Pages take any query: links get them
    appended.
    """
    query_string = request.scope["query_string"]
    if not query_string or not route.path.startswith("/v1/"):
        return
    if (known := _known.get(route.endpoint)) is None:
        known = _known[route.endpoint] = _names_in_query(route)
    find = _query_faults if len(query_string) <= MOST_REMEMBERED else _query_faults.__wrapped__
    if faults := find(known, query_string):
        raise ValidationFailed(faults)


@lru_cache(maxsize=1024)
def _query_faults(known: frozenset[str], query_string: bytes) -> Sequence[Fault]:
    """Remember the last queries: whoever polls asks the same again."""
    given = [name for name, _ in QueryParams(query_string).multi_items()]
    # With a model the framework tells of unknown ones, beside all other faults.
    faults = [] if known else [parameter_fault((name,), Code.UNKNOWN_FIELD) for name in given]
    twice = [parameter_fault((name,), Code.OUT_OF_RANGE) for name in sorted(known) if given.count(name) > 1]
    return [*faults, *(replace(fault, about="given_twice") for fault in twice)]


def _names_in_query(route: APIRoute) -> frozenset[str]:
    fields = [field.field_info.annotation for field in route.dependant.query_params]
    models = [field for field in fields if isinstance(field, type) and issubclass(field, BaseModel)]
    return frozenset(name for model in models for name in model.model_fields)


async def principal_of(principal: Annotated[Principal | None, Depends(admitted)]) -> Principal:
    if principal is None:
        raise RuntimeError("a public route has no principal")
    return principal


def charge_items(request: Request, principal: Principal, items: int) -> None:
    """Count a batch's items, a tenth of a call each, beside the call itself. Raises Problem (rate-limited)."""
    limiter: Limiter = request.app.state.limiter
    limiter.charge_items(principal.acting, items)


def require_json(request: Request) -> None:
    """Raise Problem (not-acceptable) for a caller that does not take JSON."""
    if not accepts(request.headers.get("accept"), "application/json"):
        raise Problem(Code.NOT_ACCEPTABLE)


def accepts(header: str | None, media_type: str) -> bool:
    """Tell whether an `Accept` header takes this media type: the most precise range for it decides (RFC 9110)."""
    if header is None or header.strip() in ("", "*/*", media_type):
        return True
    covering = {media_type: 2, f"{media_type.partition('/')[0]}/*": 1, "*/*": 0}
    best = (-1, False)
    for entry in header.lower().split(","):
        given, *parameters = (part.strip() for part in entry.split(";"))
        if given in covering:
            refused = any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
            best = max(best, (covering[given], not refused))
    return best[1]


def wants_page(request: Request) -> bool:
    """Tell whether the caller is a browser: it names HTML. Every other caller gets JSON.

    Raises Problem (not-acceptable) for one that takes neither.
    """
    accept = request.headers.get("accept", "*/*")
    if "text/html" in accept.lower() and accepts(accept, "text/html"):
        return True
    if not accepts(accept, "application/json"):
        raise Problem(Code.NOT_ACCEPTABLE)
    return False


async def _authenticated(request: Request) -> Principal:
    given = _BEARER.fullmatch(request.headers.get("authorization", ""))
    if given is None:
        charge_unread(request.scope)
        raise Unauthenticated
    verifier: Verifier = request.app.state.verifier
    if (known := verifier.remembered(given[1])) is not None:
        return known
    state = request.app.state
    strangers: Limiter = state.strangers
    # Counted apart from calls without a token: those of others behind the same address keep no system out.
    address = f"token from {address_of(request.scope, state.settings.proxy_header)}"
    request.scope["limits"] = (strangers, address)
    strangers.require_room(address)  # before a signature is checked
    try:
        return await verifier.principal(given[1])
    except TokenRefused:
        strangers.charge(address)
        raise Problem(Code.UNAUTHENTICATED, headers=_INVALID_TOKEN) from None
    except KeysUnknown:
        # Not with the refused ones: once the keys are back, an honest system gets in.
        strangers.charge(f"unproven {address}")
        raise Unavailable(_KEYS_RETRY) from None


def of_request(read: Callable[[Request], Read]) -> Any:
    """Make a dependency of what is read off a request alone. FastAPI runs a plain function in a thread, and the way
    there and back costs more than all that such a function does."""

    async def dependency(request: Request) -> Read:
        return read(request)

    dependency.reads = read  # type: ignore[attr-defined]  # for `direct`, which calls it without FastAPI
    return Depends(dependency)


ContextOf = Annotated[Context, of_request(context_of)]
PrincipalOf = Annotated[Principal, Depends(principal_of)]
LanguageOf = Annotated[AnswerLanguage, of_request(language_of)]
ExpectedVersionsOf = Annotated[frozenset[int] | None, of_request(expected_versions)]
