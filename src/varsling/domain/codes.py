"""The codes of problems: one row for each, with everything that the code alone decides (CONTRACT § Problems)."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The kinds of problem. Within v1 the codes only grow."""

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
    IDENTITY_NUMBER_IN_TEXT = "identity-number-in-text"
    CLAIM_LISTED_TWICE = "claim-listed-twice"
    GROUND_NOT_COVERED = "ground-not-covered"
    DATE_CONFLICT = "date-conflict"
    REASON_NOT_ATTESTED = "reason-not-attested"
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


class Mender(StrEnum):
    """The party that can mend a problem."""

    SYSTEM = "system"
    LANDLORD = "landlord"
    OPERATOR = "operator"
    TIME = "time"
    NOBODY = "nobody"


class KeyUse(StrEnum):
    """What a caller may do with the `Idempotency-Key` of a refused call. The refused call binds no key (CONTRACT §
    Idempotency)."""

    SAME = "same"
    REPEAT = "repeat"
    NEW = "new"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ProblemRule:
    """Everything that follows from a code.

    `status` is the HTTP status of an answer with the code. `mender` can mend the problem. `key` tells what the caller
    may do with the call's `Idempotency-Key`. `law` is the paragraph behind the refusal; None if only the contract is. A
    code `of_field` stands in `errors` alone, never as the code of a whole answer.
    """

    status: int
    mender: Mender = Mender.SYSTEM
    key: KeyUse = KeyUse.SAME
    law: str | None = None
    of_field: bool = False


_PETITION = "husleieloven § 9-11, domstolloven §§ 148, 149"
_WARNING = "tvangsfullbyrdelsesloven §§ 4-18, 13-2"
_GROUND = "tvangsfullbyrdelsesloven § 13-2"
_NOTICE = "husleieloven § 9-11"

RULES = {
    Code.MALFORMED_JSON: ProblemRule(400),
    Code.CURSOR_UNKNOWN: ProblemRule(400, key=KeyUse.NONE),
    Code.IDEMPOTENCY_KEY_MALFORMED: ProblemRule(400, key=KeyUse.NEW),
    Code.UNAUTHENTICATED: ProblemRule(401),
    Code.FORBIDDEN: ProblemRule(403),
    Code.LANDLORD_MISMATCH: ProblemRule(403),
    Code.LANDLORD_SUSPENDED: ProblemRule(403, Mender.OPERATOR),
    Code.NOT_FOUND: ProblemRule(404),
    Code.METHOD_NOT_ALLOWED: ProblemRule(405),
    Code.NOT_ACCEPTABLE: ProblemRule(406, key=KeyUse.NONE),
    Code.TENANT_RESERVED: ProblemRule(409, Mender.NOBODY, law=_NOTICE),
    Code.OPEN_NOTICE_EXISTS: ProblemRule(409, Mender.LANDLORD, law=_NOTICE),
    Code.DUPLICATE_REFERENCE: ProblemRule(409),
    Code.REQUEST_IN_PROGRESS: ProblemRule(409, Mender.TIME, key=KeyUse.REPEAT),
    Code.NOTICE_CLOSED: ProblemRule(409, Mender.LANDLORD),
    Code.NOT_SENT_YET: ProblemRule(409, Mender.TIME, key=KeyUse.NONE),
    Code.ALREADY_FORWARDED: ProblemRule(409, Mender.NOBODY),
    Code.NOTICE_LIMIT_REACHED: ProblemRule(409, Mender.NOBODY),
    Code.CURSOR_EXPIRED: ProblemRule(410, key=KeyUse.NONE),
    Code.ERASED: ProblemRule(410, Mender.NOBODY, law="personvernforordningen art. 5, 17"),
    Code.VERSION_CONFLICT: ProblemRule(412),
    Code.TOO_LARGE: ProblemRule(413),
    Code.UNSUPPORTED_MEDIA_TYPE: ProblemRule(415),
    Code.VALIDATION_FAILED: ProblemRule(422),
    Code.MISSING: ProblemRule(422, of_field=True),
    Code.UNKNOWN_FIELD: ProblemRule(422, of_field=True),
    Code.WRONG_TYPE: ProblemRule(422, of_field=True),
    Code.OUT_OF_RANGE: ProblemRule(422, of_field=True),
    Code.INVALID_TEXT: ProblemRule(422, of_field=True),
    Code.INVALID_FORMAT: ProblemRule(422, of_field=True),
    Code.INVALID_AMOUNT: ProblemRule(422, of_field=True),
    Code.INVALID_IDENTITY_NUMBER: ProblemRule(422, Mender.LANDLORD, of_field=True),
    Code.INVALID_ORGANISATION_NUMBER: ProblemRule(422, of_field=True),
    Code.INVALID_ACCOUNT_NUMBER: ProblemRule(422, of_field=True),
    Code.INVALID_KID: ProblemRule(422, of_field=True),
    Code.INVALID_DATE: ProblemRule(422, of_field=True),
    Code.NOTICE_REFUSED: ProblemRule(422, Mender.LANDLORD),
    Code.PETITION_TOO_EARLY: ProblemRule(422, Mender.LANDLORD, law=_PETITION),
    Code.PLANNED_DATE_PASSED: ProblemRule(422, Mender.LANDLORD, law=_PETITION),
    Code.DATE_IN_FUTURE: ProblemRule(422),
    Code.WARNING_NOT_SENT: ProblemRule(422, Mender.LANDLORD, law=_WARNING),
    Code.WARNING_BEFORE_DUE_DATE: ProblemRule(422, Mender.LANDLORD, law=_WARNING),
    Code.WARNING_PERIOD_RUNNING: ProblemRule(422, Mender.LANDLORD, law=_WARNING),
    Code.EVICTION_CLAUSE_MISSING: ProblemRule(422, Mender.LANDLORD, law=_GROUND),
    Code.CLAIMS_NOT_APPLICABLE: ProblemRule(422, Mender.LANDLORD, law=_GROUND),
    Code.NOTHING_OVERDUE: ProblemRule(422, Mender.LANDLORD, law=_GROUND),
    Code.RENT_DEPOSITED: ProblemRule(422, Mender.LANDLORD, law="husleieloven § 3-8"),
    Code.NOT_A_DWELLING: ProblemRule(422, Mender.NOBODY, law=_NOTICE),
    Code.PUBLIC_LANDLORD: ProblemRule(422, Mender.NOBODY, law=_NOTICE),
    Code.LANDLORD_UNKNOWN: ProblemRule(422, Mender.LANDLORD),
    Code.LANDLORD_DISSOLVED: ProblemRule(422, Mender.LANDLORD),
    Code.LANDLORD_IS_TENANT: ProblemRule(422, Mender.LANDLORD),
    Code.TENANT_NOT_A_PERSON: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.TENANT_LISTED_TWICE: ProblemRule(422, Mender.LANDLORD),
    Code.TENANT_UNREACHABLE: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.BIRTH_DATE_CONFLICT: ProblemRule(422, Mender.LANDLORD),
    Code.SYNTHETIC_ID_IN_PRODUCTION: ProblemRule(422),
    Code.REAL_ID_IN_TEST: ProblemRule(422),
    Code.IDENTITY_NUMBER_IN_REFERENCE: ProblemRule(422),
    Code.IDENTITY_NUMBER_IN_TEXT: ProblemRule(422, Mender.LANDLORD),
    Code.CLAIM_LISTED_TWICE: ProblemRule(422),
    Code.GROUND_NOT_COVERED: ProblemRule(422, Mender.NOBODY, law=_NOTICE),
    Code.DATE_CONFLICT: ProblemRule(422, Mender.LANDLORD),
    Code.REASON_NOT_ATTESTED: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.RESERVATION_NOT_ATTESTED: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.POWER_OF_ATTORNEY_NOT_ATTESTED: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.NOT_A_STREET_ADDRESS: ProblemRule(422, Mender.LANDLORD),
    Code.UNKNOWN_POSTAL_CODE: ProblemRule(422, Mender.LANDLORD),
    Code.UNKNOWN_MUNICIPALITY: ProblemRule(422),
    Code.MUNICIPALITY_SPLIT: ProblemRule(422),
    Code.ADDRESS_CONFLICT: ProblemRule(422, Mender.LANDLORD),
    Code.DISTRICT_NEEDED: ProblemRule(422, Mender.LANDLORD, law=_NOTICE),
    Code.OUTSIDE_NORWAY: ProblemRule(422, Mender.NOBODY, law=_NOTICE),
    Code.UNKNOWN_OFFICE: ProblemRule(422),
    Code.IDEMPOTENCY_KEY_REUSED: ProblemRule(422, key=KeyUse.NEW),
    Code.RATE_LIMITED: ProblemRule(429, Mender.TIME, key=KeyUse.REPEAT),
    Code.INTERNAL: ProblemRule(500, Mender.OPERATOR, key=KeyUse.REPEAT),
    Code.UNAVAILABLE: ProblemRule(503, Mender.TIME, key=KeyUse.REPEAT),
}

FIELD_CODES = frozenset(code for code, rule in RULES.items() if rule.of_field)


def status_of(code: Code) -> int:
    """The HTTP status of an answer with this code."""
    return RULES[code].status
