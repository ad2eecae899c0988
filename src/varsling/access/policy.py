"""The scopes that each route requires: one row for each route, and no route without one (guarantee 8).

The queries decide which data a caller sees; this table decides only who may call.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from varsling.access.principal import AGENT_SCOPE, Principal


@dataclass(frozen=True, slots=True)
class Rule:
    """The scopes of which a caller needs one. Without scopes, anybody may call without a token."""

    any_of: frozenset[str] = frozenset()

    @property
    def public(self) -> bool:
        return not self.any_of

    @property
    def first(self) -> str:
        """The scope that a caller who lacks them all is told of."""
        return max(self.any_of - {AGENT_SCOPE})

    def allows(self, principal: Principal) -> bool:
        return not self.any_of.isdisjoint(principal.scopes)


PUBLIC = Rule()
NOTICES = Rule(frozenset({"notices.write", AGENT_SCOPE}))
RESERVATIONS = Rule(frozenset({"reservations.write"}))
OFFICES = Rule(frozenset({"offices.read"}))
FEED = Rule(frozenset({"feed"}))

POLICY: Mapping[tuple[str, str], Rule] = {
    ("POST", "/v1/notices"): NOTICES,
    ("GET", "/v1/notices"): NOTICES,
    ("POST", "/v1/notices/check"): NOTICES,
    ("POST", "/v1/notices/batch"): NOTICES,
    ("GET", "/v1/notices/{notice_id}"): NOTICES,
    ("POST", "/v1/notices/{notice_id}/update"): NOTICES,
    ("POST", "/v1/notices/{notice_id}/contact"): NOTICES,
    ("POST", "/v1/notices/{notice_id}/settlement"): NOTICES,
    ("POST", "/v1/notices/{notice_id}/withdrawal"): NOTICES,
    ("POST", "/v1/reservations"): RESERVATIONS,
    ("GET", "/v1/reservations"): RESERVATIONS,
    ("GET", "/v1/reservations/{reservation_id}"): RESERVATIONS,
    ("POST", "/v1/reservations/{reservation_id}/revocation"): RESERVATIONS,
    ("POST", "/v1/leases/end"): RESERVATIONS,
    ("POST", "/v1/offices/lookup"): OFFICES,
    ("GET", "/v1/offices/{number}"): OFFICES,
    ("GET", "/v1/feed"): FEED,
    ("GET", "/v1/feed/head"): FEED,
    ("GET", "/v1/feed/notices/{notice_id}"): FEED,
    ("HEAD", "/v1/feed/notices/{notice_id}"): FEED,
    ("POST", "/v1/feed/notices/{notice_id}/acknowledgement"): FEED,
    ("POST", "/v1/feed/notices/{notice_id}/forwarding"): FEED,
    ("GET", "/o"): PUBLIC,
    ("POST", "/o"): PUBLIC,
    ("GET", "/o/{code}"): PUBLIC,
    ("POST", "/o/{code}/opened"): PUBLIC,
    ("POST", "/o/{code}/forwarding"): PUBLIC,
    ("POST", "/o/{code}/done"): PUBLIC,
    ("POST", "/altinn/events/{secret}"): PUBLIC,
    ("GET", "/t/{code}/login"): PUBLIC,
    ("GET", "/t/notice/login"): PUBLIC,
    ("GET", "/t/login"): PUBLIC,
    ("GET", "/t/logout"): PUBLIC,
    ("GET", "/t/logged-out"): PUBLIC,
    ("POST", "/t/notice/undo"): PUBLIC,
    ("GET", "/t/notice/export"): PUBLIC,
    ("GET", "/t"): PUBLIC,
    ("POST", "/t"): PUBLIC,
    ("GET", "/t/leave"): PUBLIC,
    ("GET", "/t/reserved"): PUBLIC,
    ("GET", "/t/reported"): PUBLIC,
    ("GET", "/t/notice"): PUBLIC,
    ("GET", "/t/notice/letters/{delivery_id}"): PUBLIC,
    ("POST", "/t/notice/call"): PUBLIC,
    ("POST", "/t/notice/disagree"): PUBLIC,
    ("POST", "/t/notice/wishes"): PUBLIC,
    ("POST", "/t/notice/consents"): PUBLIC,
    ("POST", "/t/notice/reserve"): PUBLIC,
    ("POST", "/t/notice/reminder"): PUBLIC,
    ("POST", "/t/notice/report"): PUBLIC,
    ("GET", "/t/{code}"): PUBLIC,
    ("POST", "/t/{code}"): PUBLIC,
    ("POST", "/t/{code}/reserve"): PUBLIC,
    ("GET", "/v1/dates"): PUBLIC,
    ("GET", "/health/live"): PUBLIC,
    ("GET", "/health/ready"): PUBLIC,
    ("GET", "/"): PUBLIC,
    ("GET", "/docs"): PUBLIC,
    ("GET", "/docs/"): PUBLIC,
    ("GET", "/docs/api"): PUBLIC,
    ("GET", "/docs/search"): PUBLIC,
    ("GET", "/docs/calls/{call}"): PUBLIC,
    ("GET", "/docs/samples/{name}"): PUBLIC,
    ("GET", "/docs/{name}"): PUBLIC,
    ("GET", "/docs/assets/{name}"): PUBLIC,
    ("GET", "/openapi.json"): PUBLIC,
    ("GET", "/problems"): PUBLIC,
    ("GET", "/problems/{code}"): PUBLIC,
    ("GET", "/.well-known/jwks.json"): PUBLIC,
}
