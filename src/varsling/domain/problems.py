"""Every way in which a call can fail: one tree of exceptions (CONTRACT § Problems, RFC 9457). Texts: `catalogue`.

A problem never holds the offending value: it says where the fault is, and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """What is wrong. Within v1 the codes only grow."""

    MALFORMED_JSON = "malformed-json"
    CURSOR_UNKNOWN = "cursor-unknown"
    IDEMPOTENCY_KEY_MALFORMED = "idempotency-key-malformed"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    LANDLORD_MISMATCH = "landlord-mismatch"
    LANDLORD_SUSPENDED = "landlord-suspended"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    TENANT_RESERVED = "tenant-reserved"
    OPEN_NOTICE_EXISTS = "open-notice-exists"
    DUPLICATE_REFERENCE = "duplicate-reference"
    REQUEST_IN_PROGRESS = "request-in-progress"
    NOTICE_CLOSED = "notice-closed"
    NOT_SENT_YET = "not-sent-yet"
    ALREADY_FORWARDED = "already-forwarded"
    NOTICE_LIMIT_REACHED = "notice-limit-reached"
    CURSOR_EXPIRED = "cursor-expired"
    ERASED = "erased"
    VERSION_CONFLICT = "version-conflict"
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    VALIDATION_FAILED = "validation-failed"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown-field"
    WRONG_TYPE = "wrong-type"
    OUT_OF_RANGE = "out-of-range"
    INVALID_TEXT = "invalid-text"
    INVALID_FORMAT = "invalid-format"
    INVALID_AMOUNT = "invalid-amount"
    INVALID_IDENTITY_NUMBER = "invalid-identity-number"
    INVALID_ORGANISATION_NUMBER = "invalid-organisation-number"
    INVALID_ACCOUNT_NUMBER = "invalid-account-number"
    INVALID_KID = "invalid-kid"
    INVALID_DATE = "invalid-date"
    NOTICE_REFUSED = "notice-refused"
    PETITION_TOO_EARLY = "petition-too-early"
    PLANNED_DATE_PASSED = "planned-date-passed"
    DATE_IN_FUTURE = "date-in-future"
    WARNING_NOT_SENT = "warning-not-sent"
    WARNING_BEFORE_DUE_DATE = "warning-before-due-date"
    WARNING_PERIOD_RUNNING = "warning-period-running"
    EVICTION_CLAUSE_MISSING = "eviction-clause-missing"
    CLAIMS_NOT_APPLICABLE = "claims-not-applicable"
    NOTHING_OVERDUE = "nothing-overdue"
    RENT_DEPOSITED = "rent-deposited"
    NOT_A_DWELLING = "not-a-dwelling"
    PUBLIC_LANDLORD = "public-landlord"
    LANDLORD_UNKNOWN = "landlord-unknown"
    LANDLORD_DISSOLVED = "landlord-dissolved"
    LANDLORD_IS_TENANT = "landlord-is-tenant"
    TENANT_NOT_A_PERSON = "tenant-not-a-person"
    TENANT_LISTED_TWICE = "tenant-listed-twice"
    TENANT_UNREACHABLE = "tenant-unreachable"
    BIRTH_DATE_CONFLICT = "birth-date-conflict"
    SYNTHETIC_ID_IN_PRODUCTION = "synthetic-id-in-production"
    REAL_ID_IN_TEST = "real-id-in-test"
    IDENTITY_NUMBER_IN_REFERENCE = "identity-number-in-reference"
    RESERVATION_NOT_ATTESTED = "reservation-not-attested"
    POWER_OF_ATTORNEY_NOT_ATTESTED = "power-of-attorney-not-attested"
    NOT_A_STREET_ADDRESS = "not-a-street-address"
    UNKNOWN_POSTAL_CODE = "unknown-postal-code"
    UNKNOWN_MUNICIPALITY = "unknown-municipality"
    MUNICIPALITY_SPLIT = "municipality-split"
    ADDRESS_CONFLICT = "address-conflict"
    DISTRICT_NEEDED = "district-needed"
    OUTSIDE_NORWAY = "outside-norway"
    UNKNOWN_OFFICE = "unknown-office"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    RATE_LIMITED = "rate-limited"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"


_UNPROCESSABLE = 422
_STATUS = {
    **dict.fromkeys((Code.MALFORMED_JSON, Code.CURSOR_UNKNOWN, Code.IDEMPOTENCY_KEY_MALFORMED), 400),
    Code.UNAUTHENTICATED: 401,
    **dict.fromkeys((Code.FORBIDDEN, Code.LANDLORD_MISMATCH, Code.LANDLORD_SUSPENDED), 403),
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.NOT_ACCEPTABLE: 406,
    **dict.fromkeys(
        (
            Code.TENANT_RESERVED,
            Code.OPEN_NOTICE_EXISTS,
            Code.DUPLICATE_REFERENCE,
            Code.REQUEST_IN_PROGRESS,
            Code.NOTICE_CLOSED,
            Code.NOT_SENT_YET,
            Code.ALREADY_FORWARDED,
            Code.NOTICE_LIMIT_REACHED,
        ),
        409,
    ),
    **dict.fromkeys((Code.CURSOR_EXPIRED, Code.ERASED), 410),
    Code.VERSION_CONFLICT: 412,
    Code.TOO_LARGE: 413,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
}

# What `errors` names of a body's shape; never the code of a whole answer.
FIELD_CODES = frozenset(
    {
        Code.MISSING,
        Code.UNKNOWN_FIELD,
        Code.WRONG_TYPE,
        Code.OUT_OF_RANGE,
        Code.INVALID_TEXT,
        Code.INVALID_FORMAT,
        Code.INVALID_AMOUNT,
        Code.INVALID_IDENTITY_NUMBER,
        Code.INVALID_ORGANISATION_NUMBER,
        Code.INVALID_ACCOUNT_NUMBER,
        Code.INVALID_KID,
        Code.INVALID_DATE,
    }
)


def status_of(code: Code) -> int:
    """The HTTP status of an answer with this code."""
    return _STATUS.get(code, _UNPROCESSABLE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where in the body (RFC 6901), or in which `parameter` of the query, and what.

    `candidates` are numbers that come into question; `against` is the place in the body that it contradicts.
    """

    pointer: str
    code: Code
    candidates: tuple[str, ...] = ()
    parameter: str | None = None
    against: str | None = None


class Problem(Exception):
    """A call is refused. `members` go into the answer beside RFC 9457's own; they hold nothing personal."""

    def __init__(
        self,
        code: Code,
        *,
        faults: Sequence[Fault] = (),
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.faults = tuple(faults)
        self.members: Mapping[str, Any] = dict(members or {})
        self.headers: Mapping[str, str] = dict(headers or {})

    @property
    def status(self) -> int:
        return status_of(self.code)


class NotFound(Problem):
    """Not there, or not the caller's: the same answer for both (guarantee 8)."""

    def __init__(self) -> None:
        super().__init__(Code.NOT_FOUND)


class Forbidden(Problem):
    def __init__(self) -> None:
        super().__init__(Code.FORBIDDEN)


class Unauthenticated(Problem):
    def __init__(self) -> None:
        super().__init__(Code.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


class ValidationFailed(Problem):
    """The body's shape is wrong; the faults are all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(Code.VALIDATION_FAILED, faults=faults)


class Refused(Problem):
    """A well-shaped body that law, routing or a reservation refuses: under the faults' one code if they share it."""

    def __init__(self, faults: Sequence[Fault], members: Mapping[str, Any] | None = None) -> None:
        codes = {fault.code for fault in faults}
        candidates = next((fault.candidates for fault in faults if fault.candidates), None)
        super().__init__(
            codes.pop() if len(codes) == 1 else Code.NOTICE_REFUSED,
            faults=faults,
            members={**({"candidates": list(candidates)} if candidates else {}), **(members or {})},
        )


class NoticeClosed(Problem):
    """The notice is in a state from which the step does not lead."""

    def __init__(self) -> None:
        super().__init__(Code.NOTICE_CLOSED)


class VersionConflict(Problem):
    """`If-Match` names another version than the one that stands."""

    def __init__(self) -> None:
        super().__init__(Code.VERSION_CONFLICT)


class Erased(Problem):
    def __init__(self) -> None:
        super().__init__(Code.ERASED)


class RequestInProgress(Problem):
    """The same call still runs, or another holds the row for longer than we wait. `retry_after` in seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(Code.REQUEST_IN_PROGRESS, headers={"Retry-After": str(retry_after)})


class RateLimited(Problem):
    def __init__(self, retry_after: int) -> None:
        super().__init__(Code.RATE_LIMITED, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    """Nothing can be stored now; nothing was. `retry_after` in seconds."""

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(Code.UNAVAILABLE, headers={"Retry-After": str(retry_after)})
