"""Problems in the OpenAPI document: one object for all codes, with the further members that some have."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from varsling.domain.problems import Code
from varsling.shapes import IdText, named_schema


class NumberedName(TypedDict):
    """A NAV office."""

    number: str
    name: str


class Candidate(TypedDict):
    """A municipality or district to choose."""

    number: str
    name: str | None
    office: NumberedName | None


class ExistingNotice(TypedDict):
    """The open notice of a lease."""

    id: IdText
    reference: str
    version: int
    status: str


class ProblemError(TypedDict):
    """One fault: in a body, by `pointer` (RFC 6901), or in the query, by `parameter`."""

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    code: Code
    detail: str
    one_of: NotRequired[list[str]]
    against: NotRequired[str]
    candidates: NotRequired[list[Candidate]]


class Problem(TypedDict):
    """A refused call (RFC 9457). Some codes carry more: `dates`, `existing`, `candidates`, `restart`."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    errors: list[ProblemError]
    trace_id: str
    # The schema of the notices' package, which lies above this one.
    dates: NotRequired[Annotated[dict[str, object], named_schema("NoticeDatesAnswer")]]
    existing: NotRequired[ExistingNotice]
    candidates: NotRequired[list[Candidate]]
    restart: NotRequired[str]
