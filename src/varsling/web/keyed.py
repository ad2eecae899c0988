"""A keyed call: its body read, its Idempotency-Key understood, its command carried out, its answer given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Request, Response

from varsling.access.idempotency import Answered, IdempotencyKey, digest, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change
from varsling.shapes import RequestModel
from varsling.web.answers import answer
from varsling.web.bodies import read_body

Model = TypeVar("Model", bound=RequestModel)


@dataclass(frozen=True, slots=True)
class KeyedCall(Generic[Model]):
    """What a command is made of: the body, and the key that the caller gave, if any."""

    body: Model
    body_digest: bytes
    key: IdempotencyKey | None


async def carry_out(
    request: Request,
    context: Context,
    principal: Principal,
    model: type[Model],
    make: Callable[[KeyedCall[Model]], Change[Answered]],
) -> Response:
    """Read the body, make the command of it, and answer once it is committed, or as it was answered before.

    Raises Problem: those of `read_body`, of the key, and the command's own.
    """
    read = await read_body(request, model)
    index = context.keyring.index
    body_digest = digest(index, read.parsed)
    key = key_of(
        index,
        principal,
        request.headers.get("idempotency-key"),
        method=request.method,
        route=request.url.path,
        body_digest=body_digest,
    )
    answered = await context.writer.submit(make(KeyedCall(read.model, body_digest, key)))
    return answer(answered.answer, replayed=answered.replayed)
