"""Words of a landlord's that letters would make believed: an authority's name, an instruction, where to pay.

A person looks at such a notice first (what cannot wait for one is refused). No name is refused for it: Politi and Ring
are family names too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from varsling.domain.notice import Agent, Contact, Landlord, Notice, PostalAddress
from varsling.domain.problems import Code, Fault, ValidationFailed

# At the beginning of a word: "Namsfogden", "kommunens". Nav is short, and counts as a whole word alone.
_BEGINNINGS = (
    "arbeids og velferds", "bailiff", "barnevern", "byfogd", "bydel", "datatilsyn", "departement", "domstol", "fogden",
    "forliksrad", "fylkeskommune", "fylkesmann", "husleietvistutvalg", "hoyesterett", "innkrevingssentral", "kemner",
    "kommune", "lagmannsrett", "lensmann", "namsfogd", "namsfut", "namsmann", "namsmyndighet", "namsrett", "police",
    "politi", "regjering", "skatteetat", "skattekontor", "sosialkontor", "sosialtjeneste", "sorenskriv",
    "statens innkrev", "statsforvalter", "sysselmester", "tingrett", "velferdsetat",
)  # fmt: skip
_AUTHORITY = re.compile(
    rf"(?<![a-z])(?:nav(?:s|-?kontor\w*)?(?![a-z])|court of|(?:{'|'.join(_BEGINNINGS)}))|[a-z]departement"
)
# Long enough to be found wherever they stand, and however they are cut up.
_SQUASHED = re.compile("namsmann|namsfogd|namsmyndig|namsrett|politidistrikt|lensmann|domstol|tingrett|forliksrad")
# Letters that look like Latin ones: a word that mixes them with Latin ones is read as another than it is.
_OTHER_SCRIPTS = re.compile(r"CYRILLIC|GREEK|ARMENIAN|CHEROKEE|FULLWIDTH|MATHEMATICAL|LISU")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_·]){2,}\w(?!\w)")
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "å": "a", "0": "o", "1": "i", "4": "a", "@": "a", "ı": "i"}
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
)
# Printed as nothing, or as blank: between two letters they hide a word from a search and from no reader.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)

_SITE = re.compile(
    r"[a-z0-9æøå-]{2,}\.(?:no|com|net|org|io|ly|me|eu|info|app|dev|xyz|se|dk|uk|de|ru|pl|co|to|top|site|shop|online|"
    r"example)(?![a-zæøå])",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d.,/-])[+(]?\d(?:[ .-]?\d){7,10}(?!\d)")
_ACCOUNT = re.compile(r"(?<!\d)\d{4}[ .-]\d{2}[ .-]\d{5}(?!\d)")
_DIGIT_WORD = r"(?:null|en|ett|to|tre|fire|fem|seks|sju|syv|åtte|ni)"
_SPOKEN_NUMBER = re.compile(rf"(?<!\w){_DIGIT_WORD}(?:[ ,.-]+{_DIGIT_WORD}){{4,}}(?!\w)", re.IGNORECASE)
_SAYS = re.compile(
    r"(?<!\w)(?:betal(?:es|e|ing)?|vipps\w*|konto(?:nummer|nr)?|flytte?|utkast\w*|bankid|begjæring\w*|tvangs\w*|"
    r"klikk|straks|svindel|ring\s+(?:\d+|oss|meg|nå|i\s+dag|straks|nams\w*|politi\w*)|se\s+bort|er\s+trukket)(?!\w)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<!\w)(\w{3,})[.!?:;]\s+\w")
_ABBREVIATIONS = frozenset(("prof", "adv", "ing", "mag", "cand", "siv", "frk", "fru", "mrs", "sen", "jun", "avd"))
# Small words that stand between the parts of a name.
_PARTICLES = frozenset(
    {
        "al", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e", "el",
        "en", "ibn", "in", "la", "le", "lo", "og", "på", "til", "ten", "ter", "van", "vom", "von", "y", "zu", "zur",
    }
)  # fmt: skip
_SMALL_WORDS = 4


def misleads(text: str, *, name: bool = False) -> bool:
    """Tell whether a text would be believed for more than it is. `name`: it is somebody's name, and no address."""
    seen = _UNSEEN.sub("", text)
    return speaks_as_authority(seen) or _instructs(seen) or (name and _is_said(seen))


def speaks_as_authority(name: str) -> bool:
    """Tell whether a name is that of an authority, or hides what it says."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", name))
    plain = _plain(_SPACED.sub(lambda found: re.sub(r"[ .\-_·]", "", found[0]), seen))
    squashed = re.sub("[^a-z]", "", plain)
    if _AUTHORITY.search(plain) or _SQUASHED.search(squashed) or _SQUASHED.search(squashed.replace("rn", "m")):
        return True
    return any(map(_mixes_scripts, name.split()))


def _plain(text: str) -> str:
    """Fold a text to small Latin letters without marks."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)


def _mixes_scripts(word: str) -> bool:
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return "LATIN" in scripts and any(_OTHER_SCRIPTS.match(script) for script in scripts)


def _instructs(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_SITE, _ACCOUNT, _SPOKEN_NUMBER, _SAYS))


def _is_said(name: str) -> bool:
    """Tell whether a name is a sentence: it ends one, holds a telephone number, or has many small words."""
    if _PHONE.search(name) or any(word.lower() not in _ABBREVIATIONS for word in _SENTENCE.findall(name)):
        return True
    words = re.findall(r"\w+", name)
    small = [word for word in words if word.islower() and word not in _PARTICLES]
    return len(small) >= _SMALL_WORDS and len(small) < len(words)


def misleading_notice(notice: Notice) -> bool:
    """Tell whether letters about a notice would print such words. Registered names are Enhetsregisteret's."""
    names: list[str] = []
    lines = [notice.reference]
    lines += [claim.reference for claim in notice.breach.claims if claim.reference is not None]
    for party in (notice.landlord, notice.agent):
        if party is not None:
            names += _names_of(party)
            lines += _lines_of(party.contact)
    lines += [line for tenant in notice.tenants for line in _address_of(tenant.postal_address)]
    dwelling = notice.dwelling
    lines += [one for one in (dwelling.street, dwelling.extra_line, dwelling.address_line, dwelling.city) if one]
    # A tenant knows her own name: Nav and Politi are given and family names.
    said = any(_instructs(tenant.name) or _is_said(tenant.name) for tenant in notice.tenants)
    return said or any(misleads(name, name=True) for name in names) or any(map(misleads, lines))


def require_plain(pointer: str, texts: Iterable[str]) -> None:
    """Require that a change adds no such words to letters: unlike a new notice it waits for nobody. Raises
    ValidationFailed."""
    if any(map(misleads, texts)):
        raise ValidationFailed([Fault(pointer, Code.INVALID_TEXT)])


def _names_of(party: Landlord | Agent) -> Iterable[str]:
    said = [party.name] if party.registered_name is None else []
    return [name for name in (*said, party.contact.name) if name is not None]


def _lines_of(contact: Contact) -> Iterator[str]:
    yield from _address_of(contact.postal_address)
    if contact.email is not None:
        # An address is a site by nature: what counts is whose it says it is.
        local, _, domain = contact.email.rpartition("@")
        yield from (local.replace("_", " "), " ".join(domain.split(".")[:-1]))


def _address_of(address: PostalAddress | None) -> tuple[str, ...]:
    return () if address is None else (*address.lines, address.city)
