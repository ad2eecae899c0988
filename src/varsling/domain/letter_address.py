"""Where a tenant's letters go: two spellings of an address are one address, and the dwelling's is none of its own."""

import re

from varsling.domain.dwelling import Dwelling
from varsling.domain.notice import Tenant

_PARTS = re.compile(r"\d+|[^\W\d_]+")
_UNIT = re.compile(r"[hklu] \d{4}")


def address_parts(tenant: Tenant, dwelling: Dwelling) -> tuple[str, ...]:
    """Give the words of a tenant's postal address, however it is written; empty if it is the dwelling's."""
    post = tenant.postal_address
    if post is None:
        return ()
    words = _words(" ".join(post.lines))
    home = _words(f"{dwelling.street} {dwelling.house_number} {dwelling.house_letter or ''}")
    at_home = post.country == "NO" and post.postal_code == dwelling.postal_code and words[: len(home)] == home
    within = " ".join(words[len(home) :])
    if at_home and (not within or within == " ".join(_words(dwelling.unit_number or "")) or _UNIT.fullmatch(within)):
        return ()
    return (*words, post.postal_code, post.country)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(text.casefold()))
