"""Identity numbers typed where they do not belong: into references, names and addresses.

Lists, events, envelopes and letters show those (guarantee 9), so a notice that has one there is refused.
"""

from collections.abc import Iterator

from varsling.domain.dwelling import Dwelling
from varsling.domain.identity import contains_identity_number
from varsling.domain.notice import Contact, Notice, PostalAddress
from varsling.domain.problems import Code, Fault

_DIGITS = 11


def text_faults(notice: Notice) -> Iterator[Fault]:
    """Find identity numbers in the references, names and addresses of a notice.

    Of its dwelling only the address as understood is left: who reads the address asks `dwelling_faults` before.
    """
    yield from reference_faults("/reference", notice.reference)
    yield from reference_faults("/lease/reference", notice.lease.reference)
    for place, claim in enumerate(notice.breach.claims):
        yield from reference_faults(f"/breach/claims/{place}/reference", claim.reference)
    yield from _found("/landlord/name", notice.landlord.name)
    yield from _in_contact("/landlord/contact", notice.landlord.contact)
    if notice.agent is not None:
        yield from _found("/agent/name", notice.agent.name)
        yield from _in_contact("/agent/contact", notice.agent.contact)
    for place, tenant in enumerate(notice.tenants):
        yield from name_faults(f"/tenants/{place}", tenant.name)
        yield from contact_faults(f"/tenants/{place}", tenant.email, tenant.postal_address)


def reference_faults(pointer: str, reference: str | None) -> Iterator[Fault]:
    """Refuse an identity number in a reference."""
    if reference is not None and contains_identity_number(reference):
        yield Fault(pointer, Code.IDENTITY_NUMBER_IN_REFERENCE)


def name_faults(pointer: str, name: str) -> Iterator[Fault]:
    """Refuse an identity number in the `name` of the person at `pointer`."""
    yield from _found(f"{pointer}/name", name)


def contact_faults(pointer: str, email: str | None, address: PostalAddress | None) -> Iterator[Fault]:
    """Refuse an identity number in contact data."""
    yield from _found(f"{pointer}/email", email)
    if address is not None:
        for place, line in enumerate(address.lines):
            yield from _found(f"{pointer}/postal_address/lines/{place}", line)
        yield from _found(f"{pointer}/postal_address/postal_code", address.postal_code)
        yield from _found(f"{pointer}/postal_address/city", address.city)


def dwelling_faults(pointer: str, dwelling: Dwelling) -> Iterator[Fault]:
    """Refuse an identity number in the texts of a dwelling."""
    for name in ("street", "house_number", "unit_number", "city", "address_line", "extra_line"):
        yield from _found(f"{pointer}/{name}", getattr(dwelling, name))


def _in_contact(pointer: str, contact: Contact) -> Iterator[Fault]:
    yield from _found(f"{pointer}/name", contact.name)
    yield from contact_faults(pointer, contact.email, contact.postal_address)


def _found(pointer: str, text: str | None) -> Iterator[Fault]:
    # Most texts are words, or shorter than a number: they need no search.
    if text is not None and len(text) >= _DIGITS and not text.isalpha() and contains_identity_number(text):
        yield Fault(pointer, Code.IDENTITY_NUMBER_IN_TEXT)
