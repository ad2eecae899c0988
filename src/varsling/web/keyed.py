"""Keyed calls: read the body and the Idempotency-Key, carry out the command, give the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Request, Response

from varsling.access.idempotency import Answered, IdempotencyKey, digest, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change
from varsling.database.lanes import Sender
from varsling.shapes import RequestModel
from varsling.web.answers import answer
from varsling.web.bodies import beside, parse_body, read_raw
from varsling.web.dependencies import idempotency_key

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

    Raises Problem: those of the body, of the key, and of the command.
    """
    raw = await read_raw(request)

    def made() -> Change[Answered]:
        read, index = parse_body(raw, model), context.keyring.index
        body_digest = digest(index, read.parsed)
        key = key_of(
            index,
            principal,
            idempotency_key(request),
            method=request.method,
            route=request.url.path,
            body_digest=body_digest,
        )
        return make(KeyedCall(read.model, body_digest, key))

    answered = await context.writer.submit(await beside(raw, made), Sender(principal.acting))
    return answer(answered.answer, replayed=answered.replayed)
