"""Calls of channels over HTTP: what a lost or refused call says about the letter."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from varsling import http
from varsling.deliveries.channels.channel import ChannelRefuses, SlowDown, Unknown
from varsling.maskinporten.service import SigningKeysRefused, TokenNotGiven

_LONGEST_REST = timedelta(hours=1)
_BUSY = (408, 425, 429, 503)

_log = structlog.get_logger(__name__)


def answer_of(channel: str, call: Callable[[], http.Response]) -> http.Response | SlowDown | Unknown:
    """Make a call, and give its answer; SlowDown if it certainly came to nothing, Unknown if nobody can tell.

    A call comes to nothing if it was never sent, if we have no token for it, or if the system says that it is busy.
    """
    try:
        answer = call()
    except (TokenNotGiven, SigningKeysRefused) as error:
        _log.error("channel_has_no_token", channel=channel, code=getattr(error, "code", "keys"))
        return SlowDown()
    except http.NEVER_SENT:
        return SlowDown()
    except http.NETWORK_ERRORS as error:
        return Unknown(type(error).__name__)
    if answer.status_code in _BUSY:
        return SlowDown(_rest_of(answer))
    return answer


def _rest_of(answer: http.Response) -> timedelta | None:
    """Give the time for which the system asks for patience; no longer than an hour is believed."""
    asked = answer.headers.get("Retry-After", "")
    return min(timedelta(seconds=int(asked)), _LONGEST_REST) if asked.isdecimal() and len(asked) < 6 else None


def require_token(fetch: Callable[[], object]) -> None:
    """Require that a token can be had. Raises ChannelRefuses with the issuer's remedy."""
    try:
        fetch()
    except (TokenNotGiven, SigningKeysRefused) as error:
        raise ChannelRefuses(str(error)) from None
    except http.NETWORK_ERRORS as error:
        raise ChannelRefuses(f"The login does not answer ({type(error).__name__}): check its address.") from None


def require_ok(answer: http.Response | SlowDown | Unknown, what: str) -> None:
    """Require the answer of a call that sends no letter. Raises ChannelRefuses."""
    if isinstance(answer, http.Response):
        if answer.status_code not in (200, 201):
            raise ChannelRefuses(f"{what} answers {answer.status_code}: check this client's rights and settings there.")
    else:
        raise ChannelRefuses(f"{what} does not answer, or is busy: check its address and the network.")


def document_of(answer: http.Response) -> Mapping[str, Any]:
    """Give an answer's JSON object; an empty one if it has none."""
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
