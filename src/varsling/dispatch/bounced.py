"""E-mails that bounced after their dispatch: the letters go out by post (LAW, case 6)."""

import structlog

from varsling.context import Context
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Chains, DeliveryId
from varsling.dispatch.returned import ReturnLetter

_log = structlog.get_logger(__name__)


def read_bounces(context: Context, chains: Chains) -> int:
    """Return the letters whose e-mails came back. Gives their number. A mailbox that is away is read later."""
    place = context.settings.smtp_bounces
    if place is None:
        return 0

    def take(delivery_id: DeliveryId) -> None:
        context.writer.submit_and_wait(ReturnLetter(context, chains, delivery_id))

    try:
        return deliveries.take_bounces(place, take)
    except OSError as error:
        _log.error("bounces_not_read", error=type(error).__name__)
        return 0
