"""When a letter is tried again. The instants are kept with the delivery: a restart changes nothing."""

import random
from datetime import datetime, timedelta

# After the first failure, the second, …: the last wait repeats until the attempts at this channel are spent.
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
)
ATTEMPTS = 8

_UNKNOWN = timedelta(seconds=30)
_SOONEST_CHECK = timedelta(seconds=5)
_LATEST_CHECK = timedelta(minutes=10)


def after_failure(now: datetime, attempts: int) -> datetime:
    """The next try once `attempts` have failed (one or more): ±20 %, so that what failed together comes back apart."""
    return now + _WAITS[min(attempts, len(_WAITS)) - 1] * random.uniform(0.8, 1.2)


def after_unknown(now: datetime) -> datetime:
    """When to look up what became of a letter whose answer was lost."""
    return now + _UNKNOWN * random.uniform(0.8, 1.2)


def next_check(now: datetime, created_at: datetime) -> datetime:
    """When to ask again for a confirmation: often at first, every ten minutes in the end."""
    return now + min(max((now - created_at) / 10, _SOONEST_CHECK), _LATEST_CHECK)
