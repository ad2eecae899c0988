"""The test persons' part in accepting notices: calls that are refused for a while, and an office that is not known.

`transitions.test_persons` plays what happens after a notice was sent.
"""

import math
import time
from collections.abc import Collection

from varsling.domain.office import FoundBy
from varsling.domain.problems import RateLimited, Unavailable
from varsling.domain.remarks import Remark
from varsling.domain.synthetic import PersonOutcome
from varsling.offices.service import Resolution

# A call is refused in the first half of each period, so that one that waits as it was told is taken.
_PERIOD_SECONDS, _REFUSED_SECONDS = 4.0, 2.0


def refuse_for_a_while(asked: Collection[PersonOutcome]) -> None:
    """Raise RateLimited or Unavailable for their test persons, with the time to wait."""
    if not asked:
        return
    left = _REFUSED_SECONDS - time.time() % _PERIOD_SECONDS
    if left <= 0:
        return
    if PersonOutcome.RATE_LIMITED in asked:
        raise RateLimited(retry_after=math.ceil(left))
    if PersonOutcome.UNAVAILABLE in asked:
        raise Unavailable(retry_after=math.ceil(left))


def without_office(found: Resolution) -> Resolution:
    """Give the resolution of an address whose office the register does not know."""
    remarks = (*found.remarks, Remark.OFFICE_TO_BE_FOUND)
    return found._replace(office=None, found_by=FoundBy.PENDING, remarks=tuple(dict.fromkeys(remarks)))
