"""Keyed calls: read the body and the Idempotency-Key, carry out the command, give the answer."""

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
    """The material of a command: the body, and the caller's key if there is one."""

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
    """Read the body, make the command, and answer after its commit, or as the call was answered before.

    Raises Problem: those of `read_body`, of the key, and of the command.
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
