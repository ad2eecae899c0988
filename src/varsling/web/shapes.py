"""Building blocks of request schemas: types over the domain's parsers, and models that name every fault at once.

A value that a parser refuses becomes a fault with its code; the value itself is in no error (guarantee 9).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    StrictBool,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from varsling.domain.contact import parse_email, parse_language, parse_phone
from varsling.domain.identity import parse_national_id
from varsling.domain.money import parse_amount
from varsling.domain.organisation import parse_organisation_number
from varsling.domain.payment import parse_account_number, parse_kid
from varsling.domain.problems import Code
from varsling.domain.text import clean_text

Location = tuple[str | int, ...]


def fault(kind: str) -> PydanticCustomError:
    """An error of pydantic's that carries a code of ours, and no value."""
    return PydanticCustomError(kind, "refused")


def checked(parse: Callable[[str], object], code: Code) -> AfterValidator:
    """A validator around a parser of the domain: a ValueError of its becomes the fault `code`."""

    def validate(value: str) -> object:
        try:
            return parse(value)
        except ValueError:
            raise fault(code) from None

    return AfterValidator(validate)


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise fault(Code.WRONG_TYPE)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise fault(Code.INVALID_DATE) from None
    if day.isoformat() != value or not 1900 <= day.year < 2200:  # fromisoformat takes 20261123 too
        raise fault(Code.INVALID_DATE)
    return day


def _amount(value: object) -> int:
    if not isinstance(value, str):
        raise fault(Code.WRONG_TYPE)
    try:
        return parse_amount(value)
    except ValueError:
        raise fault(Code.OUT_OF_RANGE) from None


def text(limit: int) -> AfterValidator:
    """NFC text of 1 to `limit` characters, without control, bidi or surrogate code points."""
    return checked(lambda value: clean_text(value, limit), Code.INVALID_TEXT)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Amount = Annotated[
    int,
    BeforeValidator(_amount),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,8}\.\d{2}$", "description": "NOK"}),
]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
Name = Annotated[str, text(200)]
NationalIdText = Annotated[str, checked(lambda value: parse_national_id(value).number, Code.INVALID_IDENTITY_NUMBER)]
OrganisationNumberText = Annotated[str, checked(parse_organisation_number, Code.INVALID_ORGANISATION_NUMBER)]
AccountNumber = Annotated[str, checked(parse_account_number, Code.INVALID_ACCOUNT_NUMBER)]
Kid = Annotated[str, checked(parse_kid, Code.INVALID_KID)]
Email = Annotated[str, checked(parse_email, Code.INVALID_TEXT)]
Phone = Annotated[str, checked(parse_phone, Code.INVALID_TEXT)]
LanguageTag = Annotated[str, checked(parse_language, Code.INVALID_TEXT)]
Flag = StrictBool


@dataclass(frozen=True, slots=True)
class ShownAs:
    """Of a member that is taken as sent: what the OpenAPI document says of it all the same."""

    shape: type[BaseModel]

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.shape.__pydantic_core_schema__)


class Shape(BaseModel):
    """A request's body or a part of one. Unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, Code]]:
        """Faults that lie between members, found in what was sent: they are told beside those of the members."""
        del sent
        return iter(())

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found: list[InitErrorDetails] = []
        if isinstance(sent, dict):
            found = [InitErrorDetails(type=fault(code), loc=at, input=None) for at, code in cls.faults_between(sent)]
        try:
            model = handler(sent)
        except ValidationError as error:
            told = {one["loc"] for one in found if "loc" in one}
            found += [
                InitErrorDetails(type=fault(one["type"]), loc=one["loc"], input=None)
                for one in error.errors(include_url=False, include_input=False)
                if one["loc"] not in told
            ]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return model
