"""The instants of retries. They are stored with the delivery, so a restart changes nothing."""

import random
from datetime import datetime, timedelta

# After the first failure, the second, …: the last wait repeats until the channel's attempts are spent.
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
    """Give the next try after `attempts` failures (one or more): ±20 %, so that letters that failed together spread
    out."""
    return now + _WAITS[min(attempts, len(_WAITS)) - 1] * random.uniform(0.8, 1.2)


def after_unknown(now: datetime, attempts: int, after: timedelta | None) -> datetime:
    """Give the instant for looking up a letter whose outcome is unknown, after `attempts` that were (one or more).
    `after` is the channel's own wish."""
    if after is not None:
        return now + after
    return now + _UNKNOWN * random.uniform(0.8, 1.2) if attempts == 1 else after_failure(now, attempts - 1)


def next_check(now: datetime, created_at: datetime, after: timedelta | None) -> datetime:
    """Give the instant for asking again for a confirmation: often at first, every ten minutes in the end. `after` is
    the channel's own wish."""
    return now + (after or min(max((now - created_at) / 10, _SOONEST_CHECK), _LATEST_CHECK))
