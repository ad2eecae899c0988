"""Building blocks of schemas. Requests: types over the domain's parsers. Answers: text of a known form.

A refused value becomes a fault with its code; no error contains the value (guarantee 9). A request names every fault at
once. An answer is a TypedDict: one definition is its type for mypy and its schema in the OpenAPI document.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Any, Self, overload

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
from pydantic_core import CoreSchema, InitErrorDetails

from varsling.domain.contact import parse_email, parse_language, parse_phone
from varsling.domain.identity import parse_national_id
from varsling.domain.money import parse_amount
from varsling.domain.organisation import parse_organisation_number
from varsling.domain.payment import parse_account_number, parse_kid
from varsling.domain.problems import Code
from varsling.domain.text import clean_text, person_name, printed_text
from varsling.fault_kinds import fault, kind_of

Location = tuple[str | int, ...]

# The longest text of a form: an e-mail address has 254 characters.
_LONGEST_FORM = 1000
# The most code points that a character can be written with whose normal form (NFC) is one.
_DECOMPOSED = 4

# The most unknown members of one object that a refusal names.
_NAMED_UNKNOWN = 20

NAMED = "x-named"
"""Stands for a reference until the document is made: pydantic knows its own references alone."""

MOST_ITEMS = 1000
LONGEST_WAIT_SECONDS = 30


def is_person_name(sent: object) -> bool:
    """Tell whether a person may have this name. True for what is refused as no text at all."""
    try:
        return not isinstance(sent, str) or len(sent) > _LONGEST_FORM or bool(person_name(sent))
    except ValueError:
        return False


def matching(pattern: str) -> WithJsonSchema:
    """Describe text of one form for the OpenAPI document; `formed` validates it."""
    return WithJsonSchema({"type": "string", "pattern": pattern})


def named_schema(name: str) -> WithJsonSchema:
    """Describe a value by an object of the OpenAPI document that is made elsewhere."""
    return WithJsonSchema({NAMED: name})


def formed(parse: Callable[[str], object], code: Code = Code.INVALID_FORMAT) -> AfterValidator:
    """Make a validator of text that must be clean and then pass a parser of the domain."""

    def validate(value: str) -> object:
        if len(value) > _LONGEST_FORM:
            raise fault(code)
        return _parsed(parse, _clean(value), code)

    return AfterValidator(validate)


def text(limit: int) -> AfterValidator:
    """Make a validator of NFC text with 1 to `limit` characters and without control, bidi or surrogate code points."""

    def validate(value: str) -> str:
        # First the length: normalising costs the square of a long row of marks, and nobody else can run meanwhile.
        if not value or len(value) > limit * _DECOMPOSED or len(unicodedata.normalize("NFC", value)) > limit:
            raise fault(Code.OUT_OF_RANGE)
        return _clean(value)

    return AfterValidator(validate)


def printed(limit: int, parse: Callable[[str], str] = printed_text) -> AfterValidator:
    """Make a validator of text that official letters print: `text`, and nothing that would pass for an instruction."""
    bounded: Callable[[str], str] = text(limit).func  # type: ignore[assignment]  # ours: it takes a value alone

    def validate(value: str) -> object:
        return _parsed(parse, bounded(value), Code.INVALID_TEXT)

    return AfterValidator(validate)


def _parsed(parse: Callable[[str], Any], value: str, code: Code) -> Any:
    try:
        return parse(value)
    except ValueError:
        raise fault(code) from None


def _clean(value: str) -> str:
    cleaned: str = _parsed(clean_text, value, Code.INVALID_TEXT) if value else value
    return cleaned


def _of_pattern(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError("another form")
        return value

    return parse


def read_as(parse: Callable[[str], object], code: Code) -> BeforeValidator:
    """Make a validator of a value that JSON and queries give as a string, and that a parser reads."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise fault(Code.WRONG_TYPE)
        if len(value) > _LONGEST_FORM:
            raise fault(code)
        return _parsed(parse, value, code)

    return BeforeValidator(validate)


def _day(value: str) -> date:
    day = date.fromisoformat(value)
    if day.isoformat() != value or not 1900 <= day.year < 2200:  # fromisoformat takes 20261123 too
        raise ValueError("another form, or another century")
    return day


def parse_instant(value: str) -> datetime:
    """Read an instant of RFC 3339 with any offset, as UTC. Raises ValueError."""
    if not _INSTANT.fullmatch(value):
        raise ValueError("not an instant")
    try:
        instant = datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        raise ValueError("not in our calendar") from None
    if not 1900 <= instant.year < 2200:
        raise ValueError("another century")
    return instant


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DIGITS = _of_pattern(r"[0-9]{1,9}")
_DECIMAL = _of_pattern(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def _count(value: str) -> int:
    return int(_DIGITS(value))


def _seconds(value: str) -> float:
    return float(_DECIMAL(value))


_REFERENCE = r"[A-Za-z0-9._/-]{1,64}"

Day = Annotated[date, read_as(_day, Code.INVALID_DATE), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[
    datetime, read_as(parse_instant, Code.INVALID_DATE), WithJsonSchema({"type": "string", "format": "date-time"})
]
Amount = Annotated[
    int,
    read_as(parse_amount, Code.INVALID_AMOUNT),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,9}\.\d{2}$", "description": "NOK"}),
]
Limit = Annotated[int, Field(ge=1, le=MOST_ITEMS), read_as(_count, Code.WRONG_TYPE)]
"""The number of items of a page. In a query every value is text."""
Seconds = Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS), read_as(_seconds, Code.WRONG_TYPE)]


FourDigits = Annotated[str, formed(_of_pattern("[0-9]{4}")), matching(r"^\d{4}$")]
SixDigits = Annotated[str, formed(_of_pattern("[0-9]{6}")), matching(r"^\d{6}$")]
Reference = Annotated[str, formed(_of_pattern(_REFERENCE)), matching(f"^{_REFERENCE}$")]
Country = Annotated[str, formed(_of_pattern("[A-Z]{2}")), matching("^[A-Z]{2}$")]
Name = Annotated[str, printed(200)]
PersonName = Annotated[str, printed(200, person_name)]
NationalIdText = Annotated[str, formed(lambda value: parse_national_id(value).number, Code.INVALID_IDENTITY_NUMBER)]
OrganisationNumberText = Annotated[str, formed(parse_organisation_number, Code.INVALID_ORGANISATION_NUMBER)]
AccountNumber = Annotated[str, formed(parse_account_number, Code.INVALID_ACCOUNT_NUMBER)]
Kid = Annotated[str, formed(parse_kid, Code.INVALID_KID)]
Email = Annotated[str, formed(parse_email)]
Phone = Annotated[str, formed(parse_phone)]
LanguageTag = Annotated[str, formed(parse_language)]
Flag = StrictBool


IdText = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
DayText = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
InstantText = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
AmountText = Annotated[str, Field(pattern=r"^-?\d{1,10}\.\d{2}$", examples=["12500.00"])]


@overload
def instant(at: datetime) -> InstantText: ...
@overload
def instant(at: datetime | None) -> InstantText | None: ...
def instant(at: datetime | None) -> InstantText | None:
    """Write an instant in an answer: RFC 3339, UTC, milliseconds."""
    return None if at is None else f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


@overload
def day(on: date) -> DayText: ...
@overload
def day(on: date | None) -> DayText | None: ...
def day(on: date | None) -> DayText | None:
    """Write a day in an answer."""
    return None if on is None else on.isoformat()


@dataclass(frozen=True, slots=True)
class ShownAs:
    """The schema, in the OpenAPI document, of a member that is taken as sent."""

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.model.__pydantic_core_schema__)


class RequestModel(BaseModel):
    """The body of a request, or a part of it. Unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        """Find faults between members of the sent object, each by its place and its code (or `one_of`). They are
        reported beside the faults of the members."""
        del sent
        return iter(())

    @classmethod
    def _without_most_unknown(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """Leave enough unknown members to name: each costs an error at every level above it."""
        unknown = islice((name for name in sent if name not in cls.model_fields), _NAMED_UNKNOWN)
        kept = {*cls.model_fields, *unknown}
        return {name: member for name, member in sent.items() if name in kept}

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, sent: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found: list[InitErrorDetails] = []
        if isinstance(sent, dict):
            known = cls.__pydantic_fields__  # `model_fields` is slow to get, and this runs for each part of each notice
            if len(sent) > len(known) + _NAMED_UNKNOWN:
                sent = cls._without_most_unknown(sent)
            # Null is the same as left out (CONTRACT § Idempotency).
            if None in sent.values():
                sent = {name: one for name, one in sent.items() if one is not None or name not in known}
            found = [InitErrorDetails(type=fault(code), loc=at, input=None) for at, code in cls.faults_between(sent)]
        try:
            model = handler(sent)
        except ValidationError as error:
            told = {one["loc"] for one in found if "loc" in one}
            found += [
                InitErrorDetails(type=fault(kind_of(one)), loc=one["loc"], input=None)
                for one in error.errors(include_url=False, include_input=False)
                if one["loc"] not in told
            ]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found, hide_input=True)
        return model
