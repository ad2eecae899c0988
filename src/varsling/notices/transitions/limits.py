"""How often a notice may change."""

from varsling.domain.limits import require_few
from varsling.notices.locking import LockedNotice
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction

CHANGES_A_DAY = 20
"""How often a day the landlord's side may change sums, plan and contact data of a notice."""

_CHANGES = (AuditAction.NOTICE_UPDATED, AuditAction.NOTICE_CONTACT_CHANGED)


def require_few_changes(locked: LockedNotice) -> None:
    """Require room for another change: each takes copies back, queues new ones, and stays in the notice's history.

    Raises RateLimited.
    """
    history = audit.history(locked.transaction.connection, locked.stored.id, _CHANGES)
    require_few([one.at for one in history], CHANGES_A_DAY, locked.now)
