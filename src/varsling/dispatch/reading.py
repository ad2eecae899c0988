"""Letters that their readers have opened on their pages: channels that print what stays unread are told."""

from collections.abc import Collection

import structlog

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Channel, Delivery
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
