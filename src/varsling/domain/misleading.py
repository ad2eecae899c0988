"""Words of a landlord's that letters would make believed: an authority's name, an instruction, where to pay.

A person looks at such a notice first (what cannot wait for one is refused). No name is refused for it: Politi and Ring
are family names too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import assert_never

from varsling.domain.misleading_words import (
    ACCOUNT,
    AUTHORITY,
    INSTRUCTION,
    PHONE,
    SITE,
    SITE_WITH_PATH,
    SMALL_WORD,
    SPOKEN_NUMBER,
    SQUASHED,
    STREET,
)
from varsling.domain.notice import Agent, Contact, Landlord, Notice, PostalAddress
from varsling.domain.problems import Code, Fault, ValidationFailed

# Letters that look like Latin ones: a word that mixes them with Latin ones is read as another than it is.
_OTHER_SCRIPTS = re.compile(r"CYRILLIC|GREEK|ARMENIAN|CHEROKEE|FULLWIDTH|MATHEMATICAL|LISU")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_·]){2,}\w(?!\w)")
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "å": "a", "ı": "i", "ʌ": "a", "∧": "a", "µ": "u", "。": ".", "․": "."}
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
)
_DIGITS_AS_LETTERS = str.maketrans("014@", "oiaa")
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
    REFERENCE = "reference"


def misleads(text: str, printed: Printed) -> bool:
    """Tell whether a text would be believed for more than it is."""
    match printed:
        case Printed.PARTY | Printed.LINE:
            return speaks_as_authority(text) or _points_elsewhere(text) or _instructs(text)
        case Printed.TENANT:
            return _names_bailiff(text) or _points_elsewhere(text) or _instructs(text)
        case Printed.REFERENCE:
            # A reference has digits and points of its own, and often one word: TVANG-12, NAV-3, AVTALE.NO.4.
            plain = _plain(text)
            points = ACCOUNT.search(plain) or SITE_WITH_PATH.search(plain)
            return points is not None or _names_bailiff(text) or _instructs(text)
        case _:
            assert_never(printed)


def speaks_as_authority(name: str) -> bool:
    """Tell whether a name is that of an authority, or hides what it says."""
    plain = STREET.sub("", _plain(_joined(name)).translate(_DIGITS_AS_LETTERS))
    # In print "rn" is an m.
    named = any(AUTHORITY.search(one) for one in (plain, plain.replace("rn", "m")))
    return named or _names_bailiff(plain) or any(map(_mixes_scripts, unicodedata.normalize("NFKC", name).split()))


def _names_bailiff(text: str) -> bool:
    """Tell whether a text has a name that is nobody's own, wherever it stands and however it is cut up."""
    squashed = re.sub("[^a-z]", "", STREET.sub("", _plain(text).translate(_DIGITS_AS_LETTERS)))
    return any(SQUASHED.search(one) for one in (squashed, squashed.replace("rn", "m")))


def _joined(text: str) -> str:
    """Join a word that is written letter by letter."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return _SPACED.sub(lambda found: re.sub(r"[ .\-_·]", "", found[0]), seen)


def _plain(text: str) -> str:
    """Fold a text to what a reader takes it for: small Latin letters without marks, and digits."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", seen)
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)


def _mixes_scripts(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return "LATIN" in scripts and any(_OTHER_SCRIPTS.match(script) for script in scripts)


def _points_elsewhere(text: str) -> bool:
    """Tell whether a text names a site, a telephone or an account."""
    plain = _plain(text)
    return any(pattern.search(plain) for pattern in (SITE, ACCOUNT, PHONE, SPOKEN_NUMBER))


def _instructs(text: str) -> bool:
    """Tell whether a text is a piece of a sentence that tells what to do: one such word alone is a name."""
    words = re.sub(r"[\W_]+", " ", f"{_plain(text)} {_plain(_joined(text))}")
    told = set(INSTRUCTION.findall(words))
    numbers = "number" if told and re.search(r"\b\d{5,}\b|\b\d\d(?: \d\d){3}\b", words) else ""
    small = set(SMALL_WORD.findall(words))
    return len(told) + len(small) + bool(numbers) >= _SENTENCE and (bool(told) or len(small) > _SENTENCE)


_SENTENCE = 2


def misleading_notice(notice: Notice) -> bool:
    """Tell whether letters about a notice would print such words. Registered names are Enhetsregisteret's."""
    return any(misleads(text, printed) for text, printed in _printed(notice))


def require_plain(pointer: str, texts: Iterable[str], printed: Printed) -> None:
    """Require that a change adds no such words to letters: unlike a new notice it waits for nobody. Raises
    ValidationFailed."""
    if any(misleads(text, printed) for text in texts):
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
            yield from ((line, Printed.LINE) for line in _contact_of(party.contact))
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
