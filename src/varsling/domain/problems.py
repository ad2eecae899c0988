"""The problems of calls: one tree of exceptions (CONTRACT § Problems, RFC 9457).

The codes stand in `codes`, their texts in `catalogue`. A problem never contains the offending value: it tells where the
fault is and how to mend it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from varsling.domain.codes import FIELD_CODES, Code, status_of

__all__ = [
    "FIELD_CODES",
    "Candidate",
    "Code",
    "Erased",
    "Fault",
    "Forbidden",
    "NotFound",
    "NoticeClosed",
    "Problem",
    "RateLimited",
    "Refused",
    "RequestInProgress",
    "Unauthenticated",
    "Unavailable",
    "ValidationFailed",
    "VersionConflict",
    "status_of",
]


class Candidate(NamedTuple):
    """A number to choose: a municipality's, a district's or a postal code. `office`: number and name of the NAV office
    that serves it, if it has one of its own."""

    number: str
    name: str | None = None
    office: tuple[str, str] | None = None

    def as_member(self) -> dict[str, Any]:
        """Give the candidate as a member of an answer."""
        office = None if self.office is None else {"number": self.office[0], "name": self.office[1]}
        return {"number": self.number, "name": self.name, "office": office}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its place in the body (RFC 6901) or the `parameter` of the query, and its code.

    `about` names words of its own. `one_of` are members of which one is needed at that place; `choices` are the values
    that the field takes, `candidates` what to choose from. `against` is the place in the body that the value
    contradicts.
    """

    pointer: str
    code: Code
    candidates: tuple[Candidate, ...] = ()
    parameter: str | None = None
    against: str | None = None
    one_of: tuple[str, ...] = ()
    about: str | None = None
    choices: tuple[str, ...] = ()


MAX_FAULTS = 100
"""More faults would help no caller, and could make an answer many times the size of the call."""


class Problem(Exception):
    """A refused call, with its first faults, each once.

    `members` join RFC 9457's own members in the answer; they contain nothing personal.
    """

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
        self.faults = tuple(dict.fromkeys(faults))[:MAX_FAULTS]
        self.members: Mapping[str, Any] = dict(members or {})
        self.headers: Mapping[str, str] = dict(headers or {})

    @property
    def status(self) -> int:
        return status_of(self.code)


class NotFound(Problem):
    """The thing is not there, or it is not the caller's: both get the same answer (guarantee 8)."""

    def __init__(self) -> None:
        super().__init__(Code.NOT_FOUND)


class Forbidden(Problem):
    """The caller is known, and may not do this. `scope` is what the token lacks (RFC 6750 § 3.1)."""

    def __init__(self, faults: Sequence[Fault] = (), *, scope: str | None = None) -> None:
        lacks = {} if scope is None else {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        super().__init__(Code.FORBIDDEN, faults=faults, headers=lacks)


class Unauthenticated(Problem):
    def __init__(self) -> None:
        super().__init__(Code.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


class ValidationFailed(Problem):
    """The body, or the query, has the wrong form."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(Code.VALIDATION_FAILED, faults=faults)


class Refused(Problem):
    """A body of the right form that law, routing or a reservation refuses. Faults with one code share it as the
    answer's code."""

    def __init__(self, faults: Sequence[Fault], members: Mapping[str, Any] | None = None) -> None:
        codes = {fault.code for fault in faults}
        candidates = next(([one.as_member() for one in fault.candidates] for fault in faults if fault.candidates), None)
        super().__init__(
            codes.pop() if len(codes) == 1 else Code.NOTICE_REFUSED,
            faults=faults,
            members={**({"candidates": candidates} if candidates else {}), **(members or {})},
        )


class NoticeClosed(Problem):
    """The notice cannot take the step from its state."""

    def __init__(self) -> None:
        super().__init__(Code.NOTICE_CLOSED)


class VersionConflict(Problem):
    """`If-Match` names another version than the newest."""

    def __init__(self) -> None:
        super().__init__(Code.VERSION_CONFLICT)


class Erased(Problem):
    def __init__(self) -> None:
        super().__init__(Code.ERASED)


class RequestInProgress(Problem):
    """The same call is still running, or another call holds the row for too long. `retry_after` is in seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__(Code.REQUEST_IN_PROGRESS, headers={"Retry-After": str(retry_after)})


class RateLimited(Problem):
    def __init__(self, retry_after: int) -> None:
        super().__init__(Code.RATE_LIMITED, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    """The service cannot store anything now, and stored nothing. `retry_after` is in seconds."""

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__(Code.UNAVAILABLE, headers={"Retry-After": str(retry_after)})
