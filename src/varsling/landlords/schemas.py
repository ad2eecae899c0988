"""The landlord and its contact in answers."""

from typing import NotRequired

from typing_extensions import TypedDict


class PostalAddressAnswer(TypedDict):
    lines: list[str]
    postal_code: str
    city: str
    country: str


class ContactAnswer(TypedDict):
    name: str | None
    email: str | None
    phone: str | None
    postal_address: PostalAddressAnswer | None


class LandlordAnswer(TypedDict):
    """The landlord, in one shape everywhere: the number, null for a person, and where more is told, more."""

    organisation_number: str | None
    name: NotRequired[str | None]
    national_id_given: NotRequired[bool]
    contact: NotRequired[ContactAnswer]
