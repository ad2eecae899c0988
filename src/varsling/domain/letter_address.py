"""Where a tenant's letters go: two spellings of an address are one address, and the dwelling's is none of its own."""

import re
import unicodedata

from varsling.domain.dwelling import Dwelling
from varsling.domain.notice import PostalAddress, Tenant
from varsling.domain.text import scripts_of

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
# Words by which a line leads to somebody else, in the languages of those who rent. V., C. O. and P. A. in capitals are
# initials, and Co and Pa names.
_ELSEWHERE = re.compile(
    r"\bv\b|\b(?:c\W?o|p\W?a|CO|PA|[CcPp]/[OoAa])\b|(?i:\b(?:h\W?o\W?s|hjå|ved|att|attn|via|pr|adr|adresse|care|chez|bei|til|for|at|with|"
    r"postboks|boks|pb|utleier|postkassen?|mottas)\b|[()/|;:])"
)
_CARE_OF = frozenset({"co", "c", "o", "hos", "v", "ved"})
# "Testperson, Kari" is one name; more words behind a comma are another line.
_WORDS_WITH_COMMA = 3


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
    plain = _is_plain(tenant.name) and _ELSEWHERE.search(dwelling.street or "") is None
    return within and plain and _is_city(_words(dwelling.city or ""))


def _is_plain(name: str) -> bool:
    """Tell whether a name is no more than a name, to a reader too: no letter of another script hides a word in it."""
    seen = unicodedata.normalize("NFKC", name)
    scripts = scripts_of(seen)
    hidden = any(unicodedata.category(letter) == "Cf" for letter in seen) and "LATIN" in scripts
    several_lines = "," in seen and len(_words(seen)) > _WORDS_WITH_COMMA
    mixed = "LATIN" in scripts and len(scripts) > 1
    return not (hidden or mixed or several_lines) and _ELSEWHERE.search(seen) is None


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
