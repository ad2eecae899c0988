"""Rate limits in this process: calls a minute for each acting organisation (CONTRACT § Problems, 429), and for each
address from which somebody calls without a token."""

import ipaddress
import math
import re
import time
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from varsling.domain.problems import RateLimited

_WINDOW_SECONDS = 60.0
_CALL = 10
"""The cost of a call in tenths. An item of a batch costs one tenth."""
_MANY = 10_000
_MOST = 100_000
# A household or a phone has a whole /64, and could call from a new address each time.
_PREFIX = 64
# As some proxies give it: 192.0.2.1:5678, [2001:db8::1]:5678.
_WITH_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+)):[0-9]{1,5}")


@dataclass(slots=True)
class _Window:
    ends_at: float
    spent: int = 0


class Limiter:
    """Counts calls in windows of a minute that begin with a caller's first call. For one thread."""

    def __init__(self, calls_per_minute: int, policy: str = "organisation") -> None:
        self._policy = policy
        self._allowed = calls_per_minute * _CALL
        self._windows: dict[str, _Window] = {}

    def charge(self, caller: str) -> None:
        """Count a call. Raises Problem (rate-limited) with the time to wait."""
        self._count(caller, _CALL)

    def require_room(self, caller: str) -> None:
        """Require that another call would be taken, without counting one. Raises Problem (rate-limited)."""
        now = time.monotonic()
        window = self._windows.get(caller)
        if window is not None and window.ends_at > now and window.spent + _CALL > self._allowed:
            raise _limited(window, now)

    def standing(self, caller: str) -> tuple[str, str]:
        """Give `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) as a caller stands."""
        now = time.monotonic()
        window = self._windows.get(caller)
        if window is None or window.ends_at <= now:
            window = _Window(now + _WINDOW_SECONDS)
        left, seconds = (self._allowed - window.spent) // _CALL, math.ceil(window.ends_at - now)
        name = f'"{self._policy}"'
        return f"{name};q={self._allowed // _CALL};w={_WINDOW_SECONDS:.0f}", f"{name};r={left};t={seconds}"

    def charge_items(self, organisation: str, items: int) -> None:
        """Count a batch's items, as far as they exceed the call that is counted already."""
        if items > _CALL:
            self._count(organisation, items - _CALL)

    def _count(self, caller: str, tenths: int) -> None:
        now = time.monotonic()
        window = self._windows.get(caller)
        if window is None or window.ends_at <= now:
            self._forget_ended(now)
            window = self._windows[caller] = _Window(now + _WINDOW_SECONDS)
        # A refused batch is not counted: smaller ones may follow it.
        if window.spent + tenths > self._allowed:
            raise _limited(window, now)
        window.spent += tenths

    def _forget_ended(self, now: float) -> None:
        if len(self._windows) >= _MANY:
            self._windows = {name: window for name, window in self._windows.items() if window.ends_at > now}
        while len(self._windows) >= _MOST:  # the oldest first
            del self._windows[next(iter(self._windows))]


def charge(scope: Scope, limiter: Limiter, caller: str) -> None:
    """Count a call, whose answer tells its caller how many are left. Raises Problem (rate-limited)."""
    scope["limits"] = (limiter, caller)
    limiter.charge(caller)


def standing(scope: Scope) -> tuple[str, str] | None:
    """Give `RateLimit-Policy` and `RateLimit` of the caller that a call was counted for."""
    if (counted := scope.get("limits")) is None:
        return None
    limiter, caller = counted
    told: tuple[str, str] = limiter.standing(caller)
    return told


def _limited(window: _Window, now: float) -> RateLimited:
    return RateLimited(retry_after=max(1, math.ceil(window.ends_at - now)))


def may_prove_itself(scope: Scope) -> bool:
    """Tell whether a call has an Authorization that is read: that of a call to the API alone."""
    return scope["path"].startswith("/v1/") and any(name == b"authorization" for name, _ in scope["headers"])


def charge_stranger(scope: Scope) -> None:
    """Count a call of one who proves no organisation. Raises Problem (rate-limited). Probes of health are the
    operator's own."""
    if not scope["path"].startswith("/health/"):
        state = scope["app"].state
        charge(scope, state.strangers, address_of(scope, state.settings.proxy_header))


def charge_unread(scope: Scope) -> None:
    """Count a call whose Authorization turned out to be read by nobody: the frame of calls has counted the rest. Raises
    Problem (rate-limited)."""
    if may_prove_itself(scope):
        charge_stranger(scope)


def address_of(scope: Scope, proxy_header: str | None) -> str:
    """Give the network from which a call comes: an IPv4 address, or the /64 of an IPv6 one.

    Behind a proxy its header has the caller's address last; whatever stands before it may be the caller's own word.
    """
    client = scope.get("client")
    given = str(client[0]) if client else ""
    if proxy_header is not None:
        given = ",".join(Headers(scope=scope).getlist(proxy_header)).rpartition(",")[2].strip() or given
    if (with_port := _WITH_PORT.fullmatch(given)) is not None:
        given = with_port[1] or with_port[2]
    try:
        address = ipaddress.ip_address(given.partition("%")[0].strip("[]"))
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, _PREFIX), strict=False))
        return str(address.ipv4_mapped)
    return str(address)
