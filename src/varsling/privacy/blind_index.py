"""Blind indexes: values that can be looked up but not read.

Identity numbers and birth dates are few enough to try them all, so a plain hash would hide nothing. Each index is an
HMAC with a key of its own, which lies outside the database.
"""

import hmac
from uuid import UUID

from varsling.domain.dwelling import Dwelling
from varsling.domain.letter_address import address_parts
from varsling.domain.names import family_names
from varsling.domain.notice import Landlord, Tenant

_PERSON = "p:"


class BlindIndex:
    """Equal values have equal indexes under one key. An index reveals nothing else."""

    def __init__(self, key: bytes) -> None:
        # Each index continues a copy of it: that is quicker than a new one, and keeps the interpreter to itself.
        self._begun = hmac.new(key, digestmod="sha256")

    def of(self, label: str, *parts: str) -> bytes:
        """Compute an index of 32 bytes. Each part is preceded by its length, so that no two lists of parts are the same
        text."""
        encoded = [part.encode() for part in (label, *parts)]
        index = self._begun.copy()
        index.update(b"".join([len(one).to_bytes(4, "big") + one for one in encoded]))
        return index.digest()

    def landlord_key(self, landlord: Landlord) -> str:
        """Give the key under which two landlords are the same: the organisation number; for a person `p:` and an index
        in hex.

        The index is of the person's number, else of birth date and family name. An address would turn a landlord who
        moves into another one, whom no reservation reaches.
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
        """Index a tenant's `birth_key`: reservations and notices of one landlord are compared only if they share it."""
        return self.of("tenant.birth", landlord_key, birth)

    def number(self, landlord_key: str, national_id: str) -> bytes:
        """Index a tenant's identity number, for comparing notices and reservations of one landlord alone."""
        return self.of("tenant.number", landlord_key, national_id)

    def family(self, landlord_key: str, family_name: str) -> bytes:
        """Index one of the names of `domain.names.family_names`."""
        return self.of("tenant.family", landlord_key, family_name)

    def families(self, landlord_key: str, name: str) -> frozenset[bytes]:
        """Index everything that a tenant's whole name can be matched by (guarantee 11)."""
        return frozenset(self.family(landlord_key, one) for one in family_names(name))

    def office_code(self, code: str) -> bytes:
        """Index the code on a letter to an office."""
        return self.of("office.code", code)

    def address(self, tenant: Tenant, dwelling: Dwelling, *, by_email: bool) -> bytes:
        """Index where letters reach a tenant (her e-mail address and `domain.letter_address.address_parts`), and by
        which of them this one goes."""
        label = "tenant.email" if by_email else "tenant.address"
        return self.of(label, str(tenant.id), (tenant.email or "").casefold(), *address_parts(tenant, dwelling))

    def own_login(self, tenant_id: UUID) -> bytes:
        """Index the way by which a tenant herself logs in, beside those of `address`."""
        return self.of("tenant.login", str(tenant_id))

    def login_session(self, session: str) -> bytes:
        """Index the name of a session at ID-porten."""
        return self.of("login.session", session)

    def code(self, tenant_code: str) -> bytes:
        """Index the code on a tenant's copy."""
        return self.of("tenant.code", tenant_code)
