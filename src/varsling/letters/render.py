"""The PDF of a letter: tagged (PDF/UA-1 and PDF/A-2a), with its language, and the same bytes for the same content.

typst is loaded at the first letter, so that a process that only answers calls never loads it.
"""

import json
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, assert_never

from varsling.domain.policies import Envelope
from varsling.letters import landlord_letter, office_letter, office_second_letter, second_letter, tenant_copy
from varsling.letters.blocks import Document
from varsling.letters.content import (
    LandlordLetter,
    LetterContent,
    OfficeLetter,
    OfficeSecondLetter,
    SecondLetter,
    TenantCopy,
)

if TYPE_CHECKING:
    import typst

REPLACEMENT = "□"
# The letters' own words have about seventy, in all languages of the box.
_MOST_STRANGE = 256

_PROBE = b"#set document(title: [-])\n#sys.inputs.letter#strong(sys.inputs.letter)"

_STANDARDS: list["typst.PDFStandard"] = ["ua-1", "a-2a"]
_KEPT = frozenset({"link", "qr", "envelope"})
# A compiler keeps state between calls, which makes it quick: one for the process, one letter at a time.
_compiling = threading.Lock()


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """`replaced`: a character that the built-in fonts lack was replaced (remark `name-characters-replaced`)."""

    pdf: bytes
    replaced: bool


def render(content: LetterContent, envelope: Envelope = Envelope.C5) -> RenderedLetter:
    """Render a letter for its envelope.

    No character in it can fail the build: those that the fonts lack are replaced, and reported.
    """
    data, replaced = _data(content, envelope)
    return RenderedLetter(_compile(_template(), data, content.rendered_on), replaced)


def _data(content: LetterContent, envelope: Envelope) -> tuple[str, bool]:
    """Give what the template reads, and whether a character was replaced in it."""
    document = _document(content)
    said = {field.name: getattr(document, field.name) for field in fields(document)} | {"envelope": envelope.value}
    data, replaced = _readable(said, _looked_up(said))
    return json.dumps(data, ensure_ascii=False), replaced


def _document(content: LetterContent) -> Document:
    match content:
        case TenantCopy():
            return tenant_copy.compose(content)
        case SecondLetter():
            return second_letter.compose(content)
        case OfficeLetter():
            return office_letter.compose(content)
        case OfficeSecondLetter():
            return office_second_letter.compose(content)
        case LandlordLetter():
            return landlord_letter.compose(content)
        case _:
            assert_never(content)


@cache
def _template() -> bytes:
    return (resources.files("varsling.letters") / "letter.typ").read_bytes()


@cache
def _compiler() -> "typst.Compiler":
    import typst  # noqa: PLC0415  (heavy: the API's processes never render)

    return typst.Compiler(ignore_system_fonts=True)


def _compile(template: bytes, letter: str, day: date) -> bytes:
    with _compiling:
        pdf = _compiler().compile(
            template,
            format="pdf",
            sys_inputs={"letter": letter},
            pdf_standards=_STANDARDS,
            timestamp=int(datetime.combine(day, time(), UTC).timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("a PDF is one file")
    return pdf


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _looked_up(said: object) -> frozenset[str]:
    """Choose the characters of a letter that the fonts are asked for: its first ones that are not ASCII.

    Each costs a millisecond once. No letter that people write has so many different ones; more count as missing.
    """
    strange = dict.fromkeys(one for text in _texts(said) if not text.isascii() for one in text if not one.isascii())
    return frozenset(islice(strange, _MOST_STRANGE))


def _readable(value: object, known: frozenset[str]) -> tuple[object, bool]:
    """Replace every character that the fonts lack, and tell whether there was any."""
    match value:
        case str():
            shown = _shown(value, known)
            return shown, shown != value
        case dict():
            # What is clicked, or read by a camera, stays as it is.
            pairs = {key: (item, False) if key in _KEPT else _readable(item, known) for key, item in value.items()}
            return {key: item for key, (item, _) in pairs.items()}, any(replaced for _, replaced in pairs.values())
        case list() | tuple():
            members = [_readable(item, known) for item in value]
            return [item for item, _ in members], any(replaced for _, replaced in members)
        case _:
            return value, False


# Characters that the fonts have and that change no neighbour: nearly all that occur.
_simple: set[str] = set()


def _shown(text: str, known: frozenset[str]) -> str:
    if _simple.issuperset(text):
        return text
    characters = set(text)
    lacking = {one for one in characters if not ((one.isascii() or one in known) and _displays(one))}
    if not lacking and (not _joins(text) or _displays(text)):
        _simple.update(character for character in text if not _joins(character))
        return text
    return "".join(_replaced(text, lacking))


def _joins(text: str) -> bool:
    """Tell whether characters change their neighbours (marks, joiners): each may show alone, and the whole not."""
    return any(unicodedata.category(character)[0] in "MC" for character in text)


def _replaced(text: str, lacking: set[str]) -> Iterator[str]:
    """Replace each run of missing characters, and each run that joins its neighbours, by one replacement."""
    missing = False
    for character in text:
        gone = _joins(character) or character in lacking
        if not gone:
            yield character
        elif not missing:
            yield REPLACEMENT
        missing = gone


@lru_cache(maxsize=16384)
def _displays(text: str) -> bool:
    """Tell whether the fonts have the characters, in plain and bold. typst itself decides, so no list grows old."""
    if text.isascii():
        return text.isprintable()
    import typst  # noqa: PLC0415  (heavy: see above)

    try:
        _compile(_PROBE, text, date(2000, 1, 1))
    except typst.TypstError:
        return False
    return True
