"""Where a tenant's letters go: two spellings of an address are one address, and the dwelling's is none of its own."""

import re

from varsling.domain.dwelling import Dwelling
from varsling.domain.notice import PostalAddress, Tenant

_PARTS = re.compile(r"\d+|[^\W\d_]+")
# What an address says of the way within a house. Anything else may lead to somebody else: a care-of, a box, a street.
_WITHIN = frozenset(
    {
        "etg", "etasje", "leil", "leilighet", "leilighetsnr", "h", "k", "l", "u", "oppgang", "oppg", "inngang", "inng",
        "venstre", "høyre", "v", "th", "tv", "kjeller", "loft", "hybel", "bolig", "rom", "nr", "og", "i", "til",
        "underetg", "sokkel",
    }
)  # fmt: skip
_CITY_WORDS = 3
# A capital V is somebody's initial.
_CARE_OF_IN_NAME = re.compile(r"\b(?:v|(?i:c\W?o|hos|ved|att|attn))\b")
_CARE_OF = frozenset({"co", "c", "o", "hos", "v", "ved"})


def address_parts(tenant: Tenant, dwelling: Dwelling) -> tuple[str, ...]:
    """Give the words of a tenant's postal address, however it is written; empty if it is the dwelling's."""
    post = tenant.postal_address
    if post is None or _is_home(post, dwelling):
        return ()
    return (*_words(" ".join(post.lines)), post.postal_code, *_words(post.city), post.country)


def leads_home(tenant: Tenant, dwelling: Dwelling) -> bool:
    """Tell whether the dwelling's own address leads nowhere else: no care-of, no box, no second street. The tenant's
    name is its first line."""
    beside = _words(dwelling.extra_line or "")
    within = all(word.isdigit() or word in _WITHIN for word in beside)
    return within and _is_city(_words(dwelling.city or "")) and _CARE_OF_IN_NAME.search(tenant.name) is None


def _is_city(words: tuple[str, ...]) -> bool:
    """Tell whether a city is no more than that: "Mo i Rana" has three words."""
    return len(words) <= _CITY_WORDS and not any(word.isdigit() or word in _CARE_OF for word in words)


def _is_home(post: PostalAddress, dwelling: Dwelling) -> bool:
    """Another flat of the house is not her home: her landlord may live there."""
    words = _words(" ".join(post.lines))
    home = _words(f"{dwelling.street} {dwelling.house_number or ''} {dwelling.house_letter or ''}")
    within = words[len(home) :]
    known = (_words(dwelling.unit_number or ""), _words(dwelling.extra_line or ""))
    return (
        post.country == "NO"
        and post.postal_code == dwelling.postal_code
        and (_words(post.city) == _words(dwelling.city) if dwelling.city else _is_city(_words(post.city)))
        and words[: len(home)] == home
        and (not within or within in known)
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_PARTS.findall(text.casefold()))
