"""Letters that their readers have opened: channels that print what stays unread are told, and no paper follows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import structlog

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Chains, Channel, Delivery, DeliveryId, DeliveryKind
from varsling.domain.lifecycle import CopyStatus
from varsling.notices import service as notices

_log = structlog.get_logger(__name__)


def tell_of_opened(context: Context, letters: Collection[tuple[Delivery, Channel]]) -> None:
    """Tell the channels which of these letters were opened. A channel that fails at it prints, which is no harm."""
    asked = [(one, channel) for one, channel in letters if channel.prints_unread and one.tenant_id is not None]
    if not asked:
        return
    with reading(context.engine) as connection:
        opened = deliveries.opened_letters(connection, [one.id for one, _ in asked])
        stored = notices.load_versions(
            connection, context, {(one.notice_id, one.version) for one, _ in asked if one.id in opened}
        )
    for one, channel in asked:
        notice = stored.get((one.notice_id, one.version))
        said = notice.notice.tenants if notice is not None and notice.notice is not None else ()
        number = next((tenant.national_id for tenant in said if tenant.id == one.tenant_id), None)
        if one.id not in opened or number is None:
            continue
        try:
            channel.mark_read(one.id, number, opened[one.id])
        except Exception as error:  # noqa: BLE001  (the channel's own fault)
            _log.error("channel_failed", channel=channel.name, error=type(error).__name__)


def opened_before(context: Context, planned: Collection[Delivery], chains: Chains) -> Mapping[DeliveryId, bool | None]:
    """Tell of planned copies on paper whether the copies before them were opened; None if that cannot be told now."""
    if not planned:
        return {}
    with reading(context.engine) as connection:
        siblings = deliveries.of_notices(connection, {one.notice_id for one in planned})
        opened = deliveries.opened_letters(connection, [one.id for one in siblings])
    channels = {channel.name: channel for chain in chains.values() for channel in chain}
    return {one.id: _opened(_copies_before(one, siblings), opened, channels) for one in planned}


def _copies_before(again: Delivery, siblings: Sequence[Delivery]) -> list[Delivery]:
    """Find the copies of the version that a planned copy repeats: those that are out, or under way."""
    return [
        one
        for one in siblings
        if (one.tenant_id, one.version) == (again.tenant_id, again.version)
        and one.kind is DeliveryKind.COPY
        and one.status in (CopyStatus.DISPATCHED, CopyStatus.QUEUED)
    ]


def _opened(
    copies: Sequence[Delivery], opened: Mapping[DeliveryId, datetime], channels: Mapping[str, Channel]
) -> bool | None:
    if not copies:  # it came back, and no other goes by post
        return False
    copy = copies[-1]
    if copy.status is CopyStatus.QUEUED:  # it came back, and another goes by post
        return True
    channel = channels.get(copy.channel or "")
    if copy.id in opened or channel is None:
        return copy.id in opened
    try:
        return channel.opened(copy.id)
    except Exception as error:  # noqa: BLE001  (the channel's own fault)
        _log.error("channel_failed", channel=copy.channel, error=type(error).__name__)
        return None
