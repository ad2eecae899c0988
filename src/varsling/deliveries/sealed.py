"""The letter as it went out, as it is stored: compressed, then encrypted."""

import zlib
from typing import Final
from uuid import UUID

from varsling.privacy.cipher import Cipher

# A label, never a column's name: it is part of the encryption.
_LETTER: Final = "letters.pdf"
# A PDF's structure, for readers who hear it, is half of it and is plain text. A higher level costs more than it saves.
_LEVEL: Final = 1


def seal_letter(cipher: Cipher, delivery_id: UUID, pdf: bytes) -> bytes:
    """Make the stored form of a delivery's letter: two thirds of its size."""
    return cipher.encrypt(_LETTER, delivery_id, zlib.compress(pdf, _LEVEL))


def open_letter(cipher: Cipher, delivery_id: UUID, sealed: bytes) -> bytes:
    """Give the same bytes again. Raises Undecipherable."""
    return zlib.decompress(cipher.decrypt(_LETTER, delivery_id, sealed))
