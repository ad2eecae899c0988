"""Streams for the packages above: append events, ask who reads for which office, grant and revoke, look after them.

They import this module, and no other of the package but, in `app`, its endpoints.
"""

from varsling.feed.granting import Backfill, Grant, Revoke
from varsling.feed.grants import (
    GrantKind,
    GrantRow,
    active_receivers,
    granted_offices,
    has_active_receiver,
    offices_with_receiver,
    share_grants,
    standing_grants,
)
from varsling.feed.polls import NotePoll, any_reads
from varsling.feed.schemas import event_schemas
from varsling.feed.streams import append
from varsling.feed.upkeep import EVENTS_KEPT, Lag, NewEpoch, Prune, lagging

__all__ = [
    "EVENTS_KEPT",
    "Backfill",
    "Grant",
    "GrantKind",
    "GrantRow",
    "Lag",
    "NewEpoch",
    "NotePoll",
    "Prune",
    "Revoke",
    "active_receivers",
    "any_reads",
    "append",
    "event_schemas",
    "granted_offices",
    "has_active_receiver",
    "lagging",
    "offices_with_receiver",
    "share_grants",
    "standing_grants",
]
