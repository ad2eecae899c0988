"""How often something may be done in a day, where each time a letter goes out or a history grows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from varsling.domain.problems import RateLimited

DAY = timedelta(days=1)


def require_few(times: Sequence[datetime], most: int, now: datetime) -> None:
    """Require room for another one, beside those of the last day. `times` are the oldest first, and may have older
    ones. Raises RateLimited with the seconds until the oldest is a day old.
    """
    lately = [one for one in times if one > now - DAY]
    if len(lately) >= most:
        raise RateLimited(retry_after=int((lately[0] + DAY - now).total_seconds()) + 1)
