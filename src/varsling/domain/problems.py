"""Every way in which a call can fail: one tree of exceptions (CONTRACT § Problems, RFC 9457).

The codes stand in `codes`, their texts in `catalogue`.

A problem never holds the offending value: it says where the fault is, and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from varsling.domain.codes import FIELD_CODES, Code, status_of

__all__ = [
    "FIELD_CODES",
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
