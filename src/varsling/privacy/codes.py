"""Codes that letters print, for a page that only a letter's reader finds: 80 bits, a blind index, and ciphertext."""

import base64
import re
import secrets
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.privacy.cipher import Cipher

# No 0/O and no 1/I: 32 characters of five bits each, so that sixteen make 80 bits.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH, _BYTES = 16, 10
_FROM_BASE32 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())
_BETWEEN = re.compile(r"[\s.-]")
_CODE = re.compile(rf"[{ALPHABET}]{{{_LENGTH}}}")


class Code(NamedTuple):
    """A new code: for its letter, and encrypted for the row with this id."""

    id: UUID
    code: str
    encrypted: bytes


def new_code(cipher: Cipher, label: str) -> Code:
    """Draw a code from the system's random source. `label` is the cipher's label of the column."""
    code, code_id = base64.b32encode(secrets.token_bytes(_BYTES)).translate(_FROM_BASE32).decode(), uuid7()
    return Code(code_id, code, cipher.encrypt(label, code_id, code.encode()))


def as_typed(text: str) -> str | None:
    """Read a typed code, with any separators between its fours; None if it is impossible."""
    code = _BETWEEN.sub("", text).upper()
    return code if _CODE.fullmatch(code) else None
