"""Words of a landlord's that letters would make believed: an authority's name, an instruction, where to pay.

A person looks at such a notice first (what cannot wait for one is refused). No name is refused for it: Politi and Ring
are family names too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self, assert_never

from varsling.domain.misleading_words import (
    ACCOUNT,
    AUTHORITY,
    CALLS,
    INSTRUCTION,
    PHONE,
    SITE,
    SITE_AS_REFERENCE,
    SMALL_WORD,
    SPOKEN_NUMBER,
    SQUASHED,
    STREET,
    YEAR_AND_MONTH,
)
from varsling.domain.notice import Agent, Contact, Landlord, Notice, PostalAddress
from varsling.domain.payment import parse_account_number
from varsling.domain.problems import Code, Fault, ValidationFailed
from varsling.domain.text import scripts_of

_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_·]){2,}\w(?!\w)")
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "å": "a", "ı": "i", "ʌ": "a", "∧": "a", "µ": "u", "。": ".", "․": "."}
    | {"ɑ": "a", "ɒ": "a", "ɡ": "g", "ɩ": "i", "ʋ": "v", "ɴ": "n", "ʃ": "s", "∫": "s", "ß": "ss"}
    | {"°": "o", "ɭ": "l", "ŋ": "n"}
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
)
# So many words of an instruction are one.
_SENTENCE = 2
_DIGITS_AS_LETTERS = str.maketrans("014@", "oiaa")
# Joined to what follows: NAVOslo.
_NAV_OSLO = re.compile(r"(?<![A-Za-z])N[Aa][Vv](?=[A-ZÆØÅ][a-zæøå])")
# In print a capital I within a word is an l.
_TALL_I = re.compile(r"(?<=[^\W\d_A-Z])I")
# Printed as nothing, or as blank: between two letters they hide a word from a search and from no reader.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)


class Printed(StrEnum):
    """What a text is, where a letter prints it."""

    PARTY = "party"
    TENANT = "tenant"
    """She knows her own name: Nav and Politi are given and family names."""
    LINE = "line"
    CONTACT = "contact"
    """A line about a landlord or an agent, the same in all their notices."""
    REFERENCE = "reference"


def misleads(text: str, printed: Printed) -> bool:
    """Tell whether a text would be believed for more than it is."""
    if printed in (Printed.PARTY, Printed.CONTACT):
        return _misleads_again(text, printed)
    return _misleads(text, printed)


def _misleads(text: str, printed: Printed) -> bool:
    read = _Read.of(text)
    match printed:
        case Printed.PARTY | Printed.LINE | Printed.CONTACT:
            return _speaks_as_authority(read) or _points_elsewhere(read) or _instructs(read)
        case Printed.TENANT:
            return _names_bailiff(read.plain) or _points_elsewhere(read) or _instructs(read)
        case Printed.REFERENCE:
            # A reference has digits and points of its own, and often one word: TVANG-12, NAV-3, AVTALE.NO.4.
            points = SITE_AS_REFERENCE.search(read.plain) or CALLS.search(read.plain)
            pays = _has_account(YEAR_AND_MONTH.sub("", read.plain))
            return points is not None or pays or _names_bailiff(read.plain) or _instructs(read, numbers=False)
        case _:
            assert_never(printed)


# A landlord's side sends its own names and contacts with all its notices. Nothing about a tenant is kept.
_misleads_again = lru_cache(maxsize=4096)(_misleads)


class _Read(NamedTuple):
    """A text as seen, and as a reader takes it: in small Latin letters without marks, and digits. In `joined` a word
    that is written letter by letter is one."""

    seen: str
    plain: str
    joined: str

    @classmethod
    def of(cls, text: str) -> Self:
        seen = text if text.isascii() else unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
        joined = _SPACED.sub(lambda found: re.sub(r"[ .\-_·]", "", found[0]), seen)
        plain = _plain(seen)
        return cls(seen, plain, plain if joined == seen else _plain(joined))


def _plain(seen: str) -> str:
    small = _TALL_I.sub("l", seen).casefold()
    if small.isascii():
        return small
    folded = unicodedata.normalize("NFKD", small.translate(_LETTERS))
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)


def _speaks_as_authority(read: _Read) -> bool:
    plain = STREET.sub("", read.joined.translate(_DIGITS_AS_LETTERS))
    named = any(AUTHORITY.search(one) for one in _as_printed(plain)) or _NAV_OSLO.search(read.seen) is not None
    return named or _names_bailiff(plain) or _is_foreign(read.seen)


def _as_printed(plain: str) -> Iterator[str]:
    """Give a text as it is written, and as it is read: in print "rn" is an m, and l, i and 1 are one."""
    yield plain
    if "ii" in plain:
        yield plain.replace("ii", "li")
    if "l" in plain:
        yield plain.replace("l", "i")
    if "rn" in plain:
        yield plain.replace("rn", "m")


def _names_bailiff(plain: str) -> bool:
    """Tell whether a text has a name that is nobody's own, wherever it stands and however it is cut up."""
    squashed = re.sub("[^a-z]", "", STREET.sub("", plain.translate(_DIGITS_AS_LETTERS)))
    return any(SQUASHED.search(one) for one in _as_printed(squashed))


def _is_foreign(seen: str) -> bool:
    """Tell whether a text has letters of another script: one may look like a Latin letter, or name an authority in the
    reader's own language."""
    return not scripts_of(seen) <= {"LATIN"}


def _points_elsewhere(read: _Read) -> bool:
    """Tell whether a text names a site, a telephone or an account."""
    found = any(pattern.search(read.plain) for pattern in (SITE, PHONE, SPOKEN_NUMBER))
    return found or _has_account(read.plain)


def _has_account(plain: str) -> bool:
    return any(map(_is_account, ACCOUNT.findall(plain)))


def _is_account(text: str) -> bool:
    try:
        parse_account_number(re.sub(r"\D", "", text))
    except ValueError:
        return False
    return True


def _instructs(read: _Read, *, numbers: bool = True, enough: int = _SENTENCE) -> bool:
    """Tell whether a text is a piece of a sentence that tells what to do: one such word alone is a name. `numbers`: a
    long number beside it is part of it."""
    both = read.plain if read.plain == read.joined else f"{read.plain} {read.joined}"
    words = re.sub(r"[\W_]+", " ", both)
    told = set(INSTRUCTION.findall(words))
    small = set(SMALL_WORD.findall(words))
    if not told:
        return len(small) > enough
    number = numbers and re.search(r"\b\d{5,}\b|\b\d\d(?: \d\d){3}\b", words) is not None
    return len(told) + len(small) + number >= enough


def misleading_notice(notice: Notice) -> bool:
    """Tell whether letters about a notice would print such words. Registered names are Enhetsregisteret's."""
    claims = [claim.reference for claim in notice.breach.claims if claim.reference is not None]
    return any(misleads(text, printed) for text, printed in _printed(notice)) or spell_a_sentence(claims)


def spell_a_sentence(references: Iterable[str]) -> bool:
    """Tell whether the references of claims, which a letter prints one below the other, read as a sentence."""
    return _instructs(_Read.of(" ".join(references)), numbers=False, enough=2 * _SENTENCE)


def require_plain(pointer: str, texts: Iterable[str], printed: Printed) -> None:
    """Require that a change adds no such words to letters: unlike a new notice it waits for nobody. Raises
    ValidationFailed."""
    texts = list(texts)
    together = printed is Printed.REFERENCE and spell_a_sentence(texts)
    if together or any(misleads(text, printed) for text in texts):
        raise ValidationFailed([Fault(pointer, Code.INVALID_TEXT)])


def lines_of(address: PostalAddress | None) -> Iterator[str]:
    """Give what a letter prints of an address, line by line and as it is read."""
    if address is not None:
        lines = (*address.lines, address.postal_code, address.city)
        yield from lines
        yield "\n".join(lines)


def _printed(notice: Notice) -> Iterator[tuple[str, Printed]]:
    yield notice.reference, Printed.REFERENCE
    for claim in notice.breach.claims:
        if claim.reference is not None:
            yield claim.reference, Printed.REFERENCE
    for party in (notice.landlord, notice.agent):
        if party is not None:
            yield from ((name, Printed.PARTY) for name in _names_of(party))
            yield from ((line, Printed.CONTACT) for line in _contact_of(party.contact))
    for tenant in notice.tenants:
        yield tenant.name, Printed.TENANT
        yield from ((line, Printed.LINE) for line in lines_of(tenant.postal_address))
    dwelling = notice.dwelling
    for part in (dwelling.street, dwelling.extra_line, dwelling.address_line, dwelling.city):
        if part:
            yield part, Printed.LINE


def _names_of(party: Landlord | Agent) -> Iterable[str]:
    said = [party.name] if party.registered_name is None else []
    return [name for name in (*said, party.contact.name) if name is not None]


def _contact_of(contact: Contact) -> Iterator[str]:
    yield from lines_of(contact.postal_address)
    if contact.email is not None:
        # An address is a site by nature: what counts is whose it says it is.
        local, _, domain = contact.email.rpartition("@")
        yield from (local.replace("_", " "), " ".join(domain.split(".")[:-1]))
