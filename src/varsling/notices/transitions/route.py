"""Which office a notice goes to, after its acceptance: found, or asked of a person (DESIGN § 2)."""

from varsling.domain.actor import Actor
from varsling.domain.lifecycle import HeldFor
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.notices.locking import LockedNotice
from varsling.notices.stored import distinct
from varsling.offices.service import Resolution
from varsling.privacy.audit import AuditAction


def hold_for_office(locked: LockedNotice) -> None:
    """Ask a person for the office. Copies that a worker has leased wait: no letter goes out that names no office."""
    former = locked.stored.office
    locked.update(
        office=None,
        found_by=FoundBy.PENDING,
        reached_by=None,
        held_for=HeldFor.OFFICE,
        remarks=distinct((*locked.stored.remarks, Remark.OFFICE_TO_BE_FOUND)),
    )
    locked.log(AuditAction.NOTICE_HELD, Actor.SYSTEM, {"for": HeldFor.OFFICE.value, "from": former})


def move_to_office(locked: LockedNotice, found: Resolution, action: AuditAction, *extra_remarks: Remark) -> None:
    """Change the office of an unpublished notice to the one that the registers name."""
    former = locked.stored.office
    locked.update(
        office=found.office,
        found_by=found.found_by,
        reached_by=_reached_by(locked, found.office),
        register_version=locked.context.offices.register.version,
        remarks=distinct((*locked.stored.remarks, *extra_remarks)),
    )
    locked.log(action, Actor.SYSTEM, {"from": former, "to": found.office, "found_by": found.found_by.value})


def release(locked: LockedNotice) -> None:
    """Let a held notice go on. Without an office it is now held for that."""
    if locked.stored.office is None:
        locked.update(held_for=HeldFor.OFFICE)
        return
    locked.update(held_for=None)
    locked.outbox.release()


def _reached_by(locked: LockedNotice, office: OfficeNumber | None) -> ReachedBy | None:
    if office is None:
        return None
    connection, settings = locked.transaction.connection, locked.settings
    by_feed = feed.has_active_receiver(connection, office, locked.now, settings)
    return ReachedBy.FEED if by_feed or not settings.office_channels else ReachedBy.LETTER
