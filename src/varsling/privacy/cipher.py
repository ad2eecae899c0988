"""Encryption at rest: AES-256-GCM-SIV. A nonce drawn twice reveals only whether two texts are equal."""

import secrets
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

# version (1 byte) | key id (4) | nonce (12) | ciphertext and tag
_VERSION = b"\x01"
KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + KEY_ID_BYTES
_BODY_AT = _HEADER_BYTES + _NONCE_BYTES


class Undecipherable(Exception):
    """A stored value is not what this installation wrote into that row."""


class UnknownKey(Undecipherable):
    """The key file lacks the value's key: it is another installation's, or was removed too early."""


class Cipher:
    """Encrypts with the current key, decrypts with any key of the key file.

    A value is bound to its row and to `label`, which tells what it is: moved elsewhere it does not decrypt. The label
    is fixed text and no column's name, so that a table can be renamed. Threads may share a cipher.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str) -> None:
        """`keys` are 32 bytes each, by id (8 hex digits)."""
        self._header = _VERSION + bytes.fromhex(current)
        self._keys = {bytes.fromhex(key_id): AESGCMSIV(key) for key_id, key in keys.items()}
        self._current = self._keys[bytes.fromhex(current)]

    def encrypt(self, label: str, row_id: UUID, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._header + nonce + self._current.encrypt(nonce, plain, _bound_to(self._header, label, row_id))

    def decrypt(self, label: str, row_id: UUID, blob: bytes) -> bytes:
        """Decrypt a value. Raises Undecipherable for another label or row or a changed value, and UnknownKey."""
        header, nonce, body = blob[:_HEADER_BYTES], blob[_HEADER_BYTES:_BODY_AT], blob[_BODY_AT:]
        if len(blob) < _BODY_AT or not header.startswith(_VERSION):
            raise Undecipherable("not an encrypted value")
        key = self._keys.get(header[len(_VERSION) :])
        if key is None:
            raise UnknownKey(f"encrypted with key {header[len(_VERSION) :].hex()}, which the key file does not have")
        try:
            return key.decrypt(nonce, body, _bound_to(header, label, row_id))
        except InvalidTag:
            raise Undecipherable("changed, or taken from another place") from None

    def key_id(self, blob: bytes) -> str:
        """Give the id of the key that a value was encrypted with, for a rotation."""
        return blob[len(_VERSION) : _HEADER_BYTES].hex()


def _bound_to(header: bytes, label: str, row_id: UUID) -> bytes:
    return header + row_id.bytes + label.encode()
