"""The claims of an access token, and the principal that they describe (Maskinporten's four kinds of token).

Nothing of a refused token is repeated: `TokenRefused` carries no text.
"""

import re
from collections.abc import Mapping
from typing import Any

from varsling.access.principal import AGENT_SCOPE, Mode, Principal
from varsling.domain.organisation import parse_organisation_number

LEEWAY_SECONDS = 10
_AUTHORITY = "iso6523-actorid-upis"
_NORWEGIAN = re.compile(r"0192:(\d{9})", re.ASCII)
_SYSTEM_USER = "urn:altinn:systemuser"


class TokenRefused(Exception):
    """The token proves nothing. No caller learns why: each reason would be a hint."""


def check_times(claims: Mapping[str, Any], now: float, lifetime: float) -> float:
    """Give the instant at which the token expires. The issuer's clock may differ from ours by the leeway.

    `lifetime` is the most seconds that a token may live from its issue: a longer one is no token of Maskinporten's.
    """
    expires = _instant(claims.get("exp"))
    if expires + LEEWAY_SECONDS <= now:
        raise TokenRefused
    issued = claims.get("iat")
    if expires - (now + LEEWAY_SECONDS if issued is None else _instant(issued)) > lifetime:
        raise TokenRefused
    for name in ("iat", "nbf"):
        if claims.get(name) is not None and _instant(claims[name]) - LEEWAY_SECONDS > now:
            raise TokenRefused
    return expires + LEEWAY_SECONDS


def check_audience(claims: Mapping[str, Any], audience: str | None) -> None:
    """Refuse a token for another service, if the issuer's tokens are restricted to an audience."""
    if audience is None:
        return
    given = claims.get("aud")
    if audience not in (given if isinstance(given, list) else [given]):
        raise TokenRefused


def principal_of(claims: Mapping[str, Any], scope_prefix: str) -> Principal:
    """Find the principal that a token describes.

    A system user's token has the vendor as `consumer` and the landlord in its details. A delegated token has the
    landlord as `consumer` and the vendor as `supplier`. Mixing them up would let a vendor send for every landlord: a
    token that shows both, or half of one, is refused.
    """
    if claims.get("token_type") != "Bearer":
        raise TokenRefused
    consumer = _organisation(claims.get("consumer"))
    scopes = _scopes(claims.get("scope"), scope_prefix)
    supplier, details = claims.get("supplier"), claims.get("authorization_details")
    if details is not None:
        if supplier is not None:
            raise TokenRefused
        return Principal(consumer, _system_user(details), Mode.SYSTEM_USER, scopes - {AGENT_SCOPE})
    if supplier is not None or claims.get("delegation_source") is not None:
        if not isinstance(claims.get("delegation_source"), str):
            raise TokenRefused
        return Principal(_organisation(supplier), consumer, Mode.DELEGATED, scopes - {AGENT_SCOPE})
    return Principal(consumer, consumer, Mode.DIRECT, scopes)


def _system_user(details: object) -> str:
    """Give the one organisation whose system user it is. Details of other types are ignored."""
    if not isinstance(details, list) or len(details) != 1 or not isinstance(details[0], dict):
        raise TokenRefused
    if details[0].get("type") != _SYSTEM_USER:
        raise TokenRefused
    return _organisation(details[0].get("systemuser_org"))


def _organisation(claim: object) -> str:
    """Read an organisation number of `{"authority": "iso6523-actorid-upis", "ID": "0192:…"}`; some send `id`."""
    if not isinstance(claim, dict) or claim.get("authority") != _AUTHORITY:
        raise TokenRefused
    given = claim.get("ID", claim.get("id"))
    match = _NORWEGIAN.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise TokenRefused
    try:
        return parse_organisation_number(match[1])
    except ValueError:
        raise TokenRefused from None


def _scopes(claim: object, prefix: str) -> frozenset[str]:
    if not isinstance(claim, str):
        raise TokenRefused
    return frozenset(scope.removeprefix(prefix) for scope in claim.split() if scope.startswith(prefix))


def _instant(claim: object) -> float:
    # A bool is an int to Python, and NaN evades every comparison.
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 <= claim < 1e12:
        raise TokenRefused
    return float(claim)
