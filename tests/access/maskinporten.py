"""A Maskinporten on loopback: its key sets change, fail and are counted, and tests sign any token by hand."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.loopback import Loopback

ISSUER = "https://test.maskinporten.no/"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def actor(organisation: str, member: str = "ID") -> dict[str, str]:
    return {"authority": "iso6523-actorid-upis", member: f"0192:{organisation}"}


def claims_of(organisation: str, scope: str = "varsling:feed", **changes: Any) -> dict[str, Any]:
    """Claims of a plain token (specs/maskinporten); a change to None leaves the claim out."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "client_amr": "private_key_jwt",
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 119,
        "scope": scope,
        "client_id": "f5b1f2d3-0000-4c1a-9a10-5f2d7f3c0001",
        "jti": "pv1X8JQ",
        "consumer": actor(organisation),
    }
    return {name: claim for name, claim in (claims | changes).items() if claim is not None}


class Key:
    """A signing key with an id."""

    def __init__(self, key_id: str, bits: int = 2048) -> None:
        self.key_id = key_id
        self.private = rsa.generate_private_key(65537, bits)

    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        parts = {"n": numbers.n, "e": numbers.e}
        encoded_parts = {name: encoded(n.to_bytes((n.bit_length() + 7) // 8)) for name, n in parts.items()}
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, **encoded_parts}

    def token(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """Sign a token as its header says: RS256 and its kin, HS256 with the public key as the secret, or unsigned."""
        full = {"alg": "RS256", "typ": "JWT", "kid": self.key_id} | dict(header or {})
        signed = f"{encoded(json.dumps(full).encode())}.{encoded(json.dumps(claims).encode())}"
        return f"{signed}.{encoded(self._signature(full['alg'], signed.encode()))}"

    def _signature(self, algorithm: str | list[str], signed: bytes) -> bytes:
        if isinstance(algorithm, list):
            (algorithm,) = algorithm
        if algorithm.startswith("HS"):
            public = self.private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return hmac.digest(public, signed, hashlib.sha256)
        digests: dict[str, hashes.HashAlgorithm] = {
            "RS256": hashes.SHA256(),
            "RS384": hashes.SHA384(),
            "RS512": hashes.SHA512(),
        }
        if algorithm == "PS256":
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
            return self.private.sign(signed, pss, hashes.SHA256())
        return self.private.sign(signed, padding.PKCS1v15(), digests[algorithm]) if algorithm in digests else b""


class Maskinporten(Loopback):
    """Serves `keys` at `/jwk`; `broken` makes it fail."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[dict[str, str]] = []
        self.broken = False
        self.url = f"{self.origin}/jwk"

    def answer(self, path: str) -> tuple[int, bytes]:
        if path != "/jwk":
            return 404, b""
        return (502, b"gateway") if self.broken else (200, json.dumps({"keys": self.keys}).encode())
