"""The test persons' part in the life of a sent notice, so that a landlord's system sees each ending at once."""

from collections.abc import Sequence

from varsling.domain.actor import Actor
from varsling.domain.events import Event
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.synthetic import PersonOutcome
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import endings_of
from varsling.notices.transitions.end import lapse
from varsling.notices.transitions.receive import receive


def play_ending(locked: LockedNotice) -> Sequence[Event]:
    """Let a notice that was just sent be received or lapse, if a test person asks for it."""
    if locked.stored.status is not NoticeStatus.SENT:
        return []
    asked = endings_of(locked.stored, production=locked.settings.production)
    if PersonOutcome.RECEIVED in asked:
        return receive(locked, actor=Actor.SYSTEM)
    return lapse(locked, Actor.SYSTEM) if PersonOutcome.LAPSED in asked else []
