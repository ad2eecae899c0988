"""The chains of channels that letters try, in order: one for tenants, one for offices."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from varsling.deliveries.channels.channel import Channel
from varsling.deliveries.channels.folder import FolderChannel
from varsling.deliveries.store import DeliveryKind
from varsling.domain.policies import Channel as ChannelName
from varsling.settings import Settings

Chains = Mapping[DeliveryKind, Sequence[Channel]]


def chains(settings: Settings) -> Chains:
    """Make each channel once, so that the chains share it. Letters to landlords use the tenants' chain."""
    made = {name: _channel(name, settings) for name in {*settings.copy_channels, *settings.office_channels}}
    to_tenants = [made[name] for name in settings.copy_channels]
    to_offices = [made[name] for name in settings.office_channels]
    return {
        DeliveryKind.COPY: to_tenants,
        DeliveryKind.SECOND: to_tenants,
        DeliveryKind.OFFICE: to_offices,
        DeliveryKind.OFFICE_SECOND: to_offices,
        DeliveryKind.LANDLORD: to_tenants,
    }


def _channel(name: ChannelName, settings: Settings) -> Channel:
    match name:
        case ChannelName.FOLDER:
            return FolderChannel(settings.letters, needs_done=settings.production)
        case _:
            assert_never(name)
