"""`POST /altinn/events/{secret}`: Altinn tells that something became of a message, and its letter is asked for at once.

Altinn signs nothing: the address has a secret, and what comes there is a hint alone. Events name people by identity
number, so nothing of them is kept or logged.
"""

import asyncio
import hmac
from uuid import UUID

from fastapi import APIRouter, Request, Response

from varsling.database.engine import reading
from varsling.deliveries.service import HurryDelivery, waits_for
from varsling.domain.policies import Channel
from varsling.domain.problems import NotFound, Problem
from varsling.web.bodies import read_hint
from varsling.web.dependencies import ContextOf

router = APIRouter(include_in_schema=False)


@router.post("/altinn/events/{secret}")
async def take_event(secret: str, request: Request, context: ContextOf) -> Response:
    """Take a CloudEvent. Raises NotFound for another secret, or where none is set."""
    known = context.settings.altinn_events_secret
    if not known or not hmac.compare_digest(secret.encode(), known.encode()):
        raise NotFound
    try:
        message = (await read_hint(request)).get("resourceinstance")
    except Problem:
        message = None
    if message_id := _id(message):

        def waits() -> bool:
            with reading(context.engine) as connection:
                return waits_for(connection, Channel.ALTINN, message_id)

        if await asyncio.to_thread(waits):  # else nothing is written: the letter is out, or it is no letter of ours
            await context.writer.submit(HurryDelivery(Channel.ALTINN, message_id))
    return Response(status_code=200)  # the validation of a new subscription too is answered so


def _id(given: object) -> str:
    try:
        return str(UUID(given)) if isinstance(given, str) else ""
    except ValueError:
        return ""
