"""A notice as one of its tenants may have it: what its landlord reads, without a trace of the other tenants."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from varsling.domain.lifecycle import BlockedReason, WithdrawalReason
from varsling.domain.remarks import Remark
from varsling.notices.stored import StoredNotice
from varsling.privacy.audit import AuditAction, LoggedRow

# What these say is about one tenant, and the reader could count whose.
_OF_ONE_TENANT = frozenset(
    {AuditAction.COPY_DISPATCHED, AuditAction.COPY_UNDELIVERABLE, AuditAction.NOTICE_CONTACT_CHANGED}
)
_REMARKS_OF_ONE = frozenset({Remark.TENANT_LEFT_OUT, Remark.NAME_CHARACTERS_REPLACED})
_RESERVED = frozenset({BlockedReason.TENANT_RESERVED.value, WithdrawalReason.RESERVED.value})


def about_tenant(stored: StoredNotice, tenant_id: UUID) -> StoredNotice:
    """Give the notice with this tenant alone. Where it names more, nothing tells that one of them reserved."""
    notice = stored.notice and replace(
        stored.notice, tenants=tuple(one for one in stored.notice.tenants if one.id == tenant_id)
    )
    hers = replace(stored, notice=notice, tenants=tuple(one for one in stored.tenants if one.id == tenant_id))
    if len(stored.tenants) == 1:
        return hers
    remarks = tuple(one for one in stored.remarks if one not in _REMARKS_OF_ONE)
    return replace(hers, remarks=remarks, reason=None if stored.reason in _RESERVED else stored.reason)


def history_about_tenant(history: Iterable[LoggedRow], tenant_id: UUID) -> list[LoggedRow]:
    """Give the history without what was done about other tenants."""
    hers = str(tenant_id)
    return [one for one in history if one.row.action not in _OF_ONE_TENANT or one.row.facts.get("tenant") == hers]
