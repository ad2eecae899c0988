"""Maskinporten's tokens, as another system checks them: by the issuer's key set."""

import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from varsling import http


class Bearer:
    """Checks tokens of `issuer`, whose keys it fetches once."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._keys: KeySet | None = None

    def claims(self, header: str | None, *scopes: str) -> dict[str, Any] | None:
        """Give the claims of an `Authorization` header with all these scopes; None for a bad one."""
        scheme, _, token = (header or "").partition(" ")
        if scheme != "Bearer":
            return None
        if self._keys is None:
            with http.client() as client:
                self._keys = KeySet.import_key_set(client.get(f"{self._issuer}jwk").json())
        try:
            claims = jwt.decode(token, self._keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        granted = set(str(claims.get("scope")).split())
        good = claims.get("iss") == self._issuer and claims.get("exp", 0) > time.time() and granted.issuperset(scopes)
        return claims if good else None
