"""Blind indexes: values that are looked up without being readable.

Identity numbers and birth dates are few enough to be counted through, so a plain hash would hide nothing: each index is
an HMAC with a key of its own, which lies outside the database.
"""

import hmac
from hashlib import sha256

from varsling.domain.names import family_names
from varsling.domain.notice import Landlord

_PERSON = "p:"


class BlindIndex:
    """Equal values have equal indexes under one key; nothing else can be told from them."""

    def __init__(self, key: bytes) -> None:
        self._mac = hmac.new(key, digestmod=sha256)

    def of(self, label: str, *parts: str) -> bytes:
        """32 bytes; each part goes in behind its length, so that no two lists of parts are the same text."""
        mac = self._mac.copy()
        for part in (label, *parts):
            encoded = part.encode()
            mac.update(len(encoded).to_bytes(4, "big"))
            mac.update(encoded)
        return mac.digest()

    def landlord_key(self, landlord: Landlord) -> str:
        """What makes two landlords the same: the organisation number; for a person `p:` and an index in hex.

        The index is of her number, or without one of her birth date and family name: an address would make a landlord
        who moves another one, whom no reservation reaches.
        """
        if landlord.organisation_number is not None:
            return landlord.organisation_number
        if landlord.national_id is not None:
            return _PERSON + self.of("landlord.number", landlord.national_id).hex()
        if landlord.birth_date is None:
            raise ValueError("a landlord has an organisation number, an identity number or a birth date")
        names = sorted(family_names(landlord.name or ""))
        return _PERSON + self.of("landlord.person", landlord.birth_date.isoformat(), *names).hex()

    def birth(self, landlord_key: str, birth: str) -> bytes:
        """A tenant's `birth_key`: all that reservations and notices of one landlord have to share to be compared."""
        return self.of("tenant.birth", landlord_key, birth)

    def number(self, landlord_key: str, national_id: str) -> bytes:
        """A tenant's identity number, to be compared between notices and reservations of one landlord alone."""
        return self.of("tenant.number", landlord_key, national_id)

    def family(self, landlord_key: str, family_name: str) -> bytes:
        """One of the names that `domain.names.family_names` gives."""
        return self.of("tenant.family", landlord_key, family_name)

    def families(self, landlord_key: str, name: str) -> frozenset[bytes]:
        """All that a tenant's whole name can be matched by (guarantee 11)."""
        return frozenset(self.family(landlord_key, one) for one in family_names(name))

    def office_code(self, code: str) -> bytes:
        """The code on a letter to an office."""
        return self.of("office.code", code)

    def code(self, tenant_code: str) -> bytes:
        """The code on a tenant's copy."""
        return self.of("tenant.code", tenant_code)
