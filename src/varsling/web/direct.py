"""Hot routes: their endpoints take what is read off the request alone, and are called without FastAPI's routers and its
solver of dependencies, which cost such a call more than everything else around it. To a reader, and in the OpenAPI
document, they are routes like the others.
"""

import inspect
import random
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from fastapi import APIRouter, Request
from fastapi.params import Depends, Query
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from varsling.domain.problems import Unavailable, ValidationFailed
from varsling.shapes import RequestModel
from varsling.web.bodies import parameter_fault
from varsling.web.dependencies import MOST_REMEMBERED, admitted, principal_of

# Of a scope: the process had no place for this call.
FULL = "full"
_RETRY_SECONDS = (1, 4)

Model = TypeVar("Model", bound=RequestModel)


class DirectRoute(APIRoute):
    """A route of a path without parameters, that the app finds by its path."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._arguments = {name: _reader(name, hint) for name, hint in _parameters(endpoint).items()}

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the endpoint with what `dependencies.of_request` and `principal_of` give, after `admitted`."""
        scope["route"] = self
        if FULL in scope:
            raise come_again()
        request = Request(scope, receive, send)
        principal = await admitted(request)
        arguments = {
            name: await principal_of(principal) if read is None else read(request)
            for name, read in self._arguments.items()
        }
        response = await self.endpoint(**arguments)
        await response(scope, receive, send)


def come_again() -> Unavailable:
    """Tell callers that are refused together to come again at different times."""
    return Unavailable(retry_after=random.randint(*_RETRY_SECONDS))


def hot_routes(routers: Iterable[APIRouter]) -> Mapping[tuple[str, str], DirectRoute]:
    """Give the hot routes by method and path."""
    routes = [route for router in routers for route in router.routes if isinstance(route, DirectRoute)]
    return {(method, route.path): route for route in routes for method in route.methods or ()}


def _query(model: type[Model], request: Request) -> Model:
    """Read the query. Raises ValidationFailed. A member that is given twice was refused before."""
    query_string = request.scope["query_string"]
    read = _read if len(query_string) <= MOST_REMEMBERED else _read.__wrapped__
    query: Model = read(model, query_string)
    return query


@lru_cache(maxsize=1024)
def _read(model: type[Model], query_string: bytes) -> Model:
    """Remember the last queries: whoever polls asks the same again."""
    try:
        return model.model_validate(dict(QueryParams(query_string)))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise ValidationFailed([parameter_fault(one["loc"], one["type"]) for one in found]) from None


def _parameters(endpoint: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(endpoint, include_extras=True)
    return {name: hints[name] for name in inspect.signature(endpoint).parameters}


def _reader(name: str, hint: Any) -> Callable[[Request], Any] | None:
    """Give what reads a parameter off the request; None for the caller, whom `admitted` has found. Raises TypeError for
    any other."""
    if hint is Request:
        return lambda request: request
    kind, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    if any(isinstance(one, Query) for one in marks):
        return partial(_query, kind)
    given = [one for one in marks if isinstance(one, Depends)]
    if given and given[0].dependency is principal_of:
        return None
    read: Callable[[Request], Any] | None = getattr(given[0].dependency, "reads", None) if given else None
    if read is None:
        raise TypeError(f"{name} is not read off the request alone")
    return read
