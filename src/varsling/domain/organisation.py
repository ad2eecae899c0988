"""Organisation numbers of Enhetsregisteret: nine digits, the last a check digit modulo 11."""

from typing import NewType

from varsling.domain.names import same_name

OrganisationNumber = NewType("OrganisationNumber", str)

_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)


def parse_organisation_number(text: str) -> OrganisationNumber:
    """Check an organisation number of nine digits without separators. Raises ValueError."""
    if len(text) != 9 or not (text.isascii() and text.isdigit()) or text[0] == "0":
        raise ValueError("not nine digits")
    if sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 11:
        raise ValueError("wrong check digit")
    return OrganisationNumber(text)


COMPANY_FORMS = frozenset({"AS", "A/S", "ASA", "ANS", "DA", "SA", "BA", "KS", "NUF", "ENK", "BBL", "BRL", "KF", "IKS"})
"""The forms of companies as they stand at the end of names."""


def same_company(one: str, other: str) -> bool:
    """Tell whether two names of a company differ in spelling or form alone: "Tigerboliger", "TIGERBOLIGER AS"."""
    return same_name(_without_form(one), _without_form(other))


def _without_form(name: str) -> str:
    words = name.split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1].upper() in COMPANY_FORMS else words)
