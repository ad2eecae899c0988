"""The development issuer: tokens in the form of Maskinporten's, trusted in `local` and `test` alone."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from joserfc import jwt

from varsling.privacy.keys import Keyring
from varsling.settings import Settings, SettingsRefused

# An invented address: the processes of an installation may have different addresses, but must agree on this one.
DEVELOPMENT_ISSUER = "https://development.varsling.invalid/"
DEVELOPMENT_ALGORITHM = "ES256"
LANDLORD_SCOPES = ("notices.write", "reservations.write", "offices.read", "feed")
AGENT_SCOPES = ("notices.agent", *LANDLORD_SCOPES)
NAV_SCOPES = ("feed", "offices.read")


def mint(
    keyring: Keyring,
    settings: Settings,
    *,
    organisation: str,
    scopes: Iterable[str],
    supplier: str | None = None,
    system_vendor: str | None = None,
    lifetime_seconds: int | None = None,
) -> str:
    """Make a token for `organisation`. With `supplier` it is delegated to it; with `system_vendor` it is a system
    user's.

    Raises SettingsRefused in production, where no such token is trusted.
    """
    if settings.production:
        raise SettingsRefused("The development issuer does not exist in production: get tokens from Maskinporten.")
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": DEVELOPMENT_ISSUER,
        "token_type": "Bearer",
        "client_id": "varsling-development",
        "scope": " ".join(f"{settings.scope_prefix}{scope}" for scope in scopes),
        "iat": now,
        "exp": now + (60 * settings.token_lifetime_minutes if lifetime_seconds is None else lifetime_seconds),
        "jti": uuid4().hex,
        "consumer": _actor(system_vendor or organisation),
    }
    if supplier is not None:
        claims |= {"supplier": _actor(supplier), "delegation_source": "https://tt02.altinn.no/"}
    if system_vendor is not None:
        claims["authorization_details"] = [{"type": "urn:altinn:systemuser", "systemuser_org": _actor(organisation)}]
    key = keyring.issuer_key
    return jwt.encode({"alg": DEVELOPMENT_ALGORITHM, "kid": key.kid}, claims, key, algorithms=[DEVELOPMENT_ALGORITHM])


def public_jwks(keyring: Keyring, settings: Settings) -> dict[str, Any]:
    """Give the public half of the keys for `/.well-known/jwks.json`; empty in production."""
    if settings.production:
        return {"keys": []}
    key = keyring.issuer_key.as_dict(private=False)
    return {"keys": [key | {"use": "sig", "alg": DEVELOPMENT_ALGORITHM}]}


def _actor(organisation: str) -> dict[str, str]:
    return {"authority": "iso6523-actorid-upis", "ID": f"0192:{organisation}"}
