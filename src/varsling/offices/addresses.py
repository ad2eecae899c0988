"""The questions about a dwelling to a register of addresses, and their answers."""

import re
import unicodedata
from typing import NamedTuple, Protocol

from varsling.domain.dwelling import Dwelling
from varsling.offices.borders import Point

_FIRST_HOUSE = re.compile(r"([0-9]+)\s*([^\W\d_])?")
# The endings with which the same street is written. A single letter counts only with a dot, as an abbreviation.
_ENDINGS = (
    (re.compile(r"(?:v\.|vn\.?|vei|veg|veien|vegen)$"), "veien"),
    (re.compile(r"(?:g\.|gt\.?|gate|gata|gaten)$"), "gata"),
    (re.compile(r"(?:pl\.?|plass|plassen)$"), "plassen"),
)


class AddressQuestion(NamedTuple):
    """An address without its flat: just enough to find where the house stands.

    A farm has no number.
    """

    street: str
    number: int | None
    letter: str | None
    postal_code: str


class Located(NamedTuple):
    """The place of an address: all its houses lie in this municipality."""

    municipality: str
    points: tuple[Point, ...]


class Addresses(Protocol):
    def find(self, question: AddressQuestion) -> Located | None:
        """Find the place of an address; None if it is unknown or could be in two places.

        Raises NotAnswered.
        """

    def close(self) -> None: ...


def question_about(dwelling: Dwelling) -> AddressQuestion:
    """Make the question for a dwelling in clean parts; for a range of numbers ("5A-7B") about its first house."""
    first = _FIRST_HOUSE.match(dwelling.house_number or "")
    letter = dwelling.house_letter or (first[2] if first else None)
    return AddressQuestion(
        street=dwelling.street or "",
        number=int(first[1]) if first else None,
        letter=letter.upper() if letter else None,
        postal_code=dwelling.postal_code,
    )


def same_street(name: str, other: str) -> bool:
    """Tell whether two spellings mean one street: case, hyphens, accents and the spelling of its ending are ignored."""
    return _folded(name) == _folded(other)


def _folded(name: str) -> str:
    text = " ".join(name.casefold().split())
    for ending, whole in _ENDINGS:
        text, changed = ending.subn(whole, text)
        if changed:
            break
    decomposed = unicodedata.normalize("NFD", text.replace("aa", "å"))
    return "".join(letter for letter in decomposed if letter.isalnum())
