"""What a register of addresses is asked about a dwelling, and what it answers."""

import re
import unicodedata
from typing import NamedTuple, Protocol

from varsling.domain.dwelling import Dwelling
from varsling.offices.borders import Point

_FIRST_HOUSE = re.compile(r"([0-9]+)\s*([^\W\d_])?")
# The endings that the same street is written with; a single letter only where a dot says that it is short for more.
_ENDINGS = (
    (re.compile(r"(?:v\.|vn\.?|vei|veg|veien|vegen)$"), "veien"),
    (re.compile(r"(?:g\.|gt\.?|gate|gata|gaten)$"), "gata"),
    (re.compile(r"(?:pl\.?|plass|plassen)$"), "plassen"),
)


class AddressQuestion(NamedTuple):
    """An address without its flat: no more than is needed to know where the house stands.

    A farm has no number.
    """

    street: str
    number: int | None
    letter: str | None
    postal_code: str


class Located(NamedTuple):
    """Where the houses of an address stand: all in this municipality."""

    municipality: str
    points: tuple[Point, ...]


class Addresses(Protocol):
    def find(self, question: AddressQuestion) -> Located | None:
        """Where it is; None for an address that is not there, or that could be meant in two places.

        Raises NotAnswered.
        """

    def close(self) -> None: ...


def question_about(dwelling: Dwelling) -> AddressQuestion:
    """The question for a dwelling in clean parts; of a range of numbers ("5A-7B") its first house."""
    first = _FIRST_HOUSE.match(dwelling.house_number or "")
    letter = dwelling.house_letter or (first[2] if first else None)
    return AddressQuestion(
        street=dwelling.street or "",
        number=int(first[1]) if first else None,
        letter=letter.upper() if letter else None,
        postal_code=dwelling.postal_code,
    )


def same_street(name: str, other: str) -> bool:
    """Whether two spellings are of one street: case, hyphens, accents and how its ending is written do not count."""
    return _folded(name) == _folded(other)


def _folded(name: str) -> str:
    text = " ".join(name.casefold().split())
    for ending, whole in _ENDINGS:
        text, changed = ending.subn(whole, text)
        if changed:
            break
    decomposed = unicodedata.normalize("NFD", text.replace("aa", "å"))
    return "".join(letter for letter in decomposed if letter.isalnum())
