"""Organisation numbers of Enhetsregisteret: nine digits, the last a check digit modulo 11."""

from typing import NewType

OrganisationNumber = NewType("OrganisationNumber", str)

_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)


def parse_organisation_number(text: str) -> OrganisationNumber:
    """Check an organisation number of nine digits without separators. Raises ValueError."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()) or text[0] == "0":
        raise ValueError("not nine digits")
    if sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 11:
        raise ValueError("wrong check digit")
    return OrganisationNumber(text)
