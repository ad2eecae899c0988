"""The development issuer: tokens of Maskinporten's shapes, believed in `local` and `test` alone."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from joserfc import jwt

from varsling.privacy.keys import Keyring
from varsling.settings import Settings, SettingsRefused

# An address that is none: who is reached where may differ between the processes of an installation, this may not.
DEVELOPMENT_ISSUER = "https://development.varsling.invalid/"
DEVELOPMENT_ALGORITHM = "ES256"
LANDLORD_SCOPES = ("notices.write", "reservations.write", "offices.read", "feed")
AGENT_SCOPES = ("notices.agent", *LANDLORD_SCOPES)
NAV_SCOPES = ("feed", "offices.read")
_LIFETIME_SECONDS = 30 * 24 * 3600


def mint(
    keyring: Keyring,
    settings: Settings,
    *,
    organisation: str,
    scopes: Iterable[str],
    supplier: str | None = None,
    system_vendor: str | None = None,
    lifetime_seconds: int = _LIFETIME_SECONDS,
) -> str:
    """A token for `organisation`; with `supplier` delegated to it, with `system_vendor` a system user of the vendor's.

    Raises SettingsRefused in production, where nobody would believe it.
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
        "exp": now + lifetime_seconds,
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
    """The public half, as `/.well-known/jwks.json` shows it; empty in production."""
    if settings.production:
        return {"keys": []}
    key = keyring.issuer_key.as_dict(private=False)
    return {"keys": [key | {"use": "sig", "alg": DEVELOPMENT_ALGORITHM}]}


def _actor(organisation: str) -> dict[str, str]:
    return {"authority": "iso6523-actorid-upis", "ID": f"0192:{organisation}"}
