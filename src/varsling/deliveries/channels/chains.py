"""The chains of channels that letters try, in order: one for tenants, one for offices."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.headerregistry import Address
from typing import assert_never
from urllib.parse import urlsplit

from varsling.deliveries.channels.altinn import AltinnChannel
from varsling.deliveries.channels.channel import Channel
from varsling.deliveries.channels.folder import FolderChannel
from varsling.deliveries.channels.print_places import FolderPlace, PrintPlace
from varsling.deliveries.channels.printing import PrintChannel, PrintOrder
from varsling.deliveries.channels.sftp import SftpPlace, SftpServer
from varsling.deliveries.channels.smtp import MailServer, SmtpChannel
from varsling.deliveries.channels.svarut import SvarUtChannel
from varsling.deliveries.store import DeliveryKind
from varsling.domain.policies import Channel as ChannelName
from varsling.letters.content import Operator
from varsling.maskinporten.service import Maskinporten, SigningKeys
from varsling.settings import Settings

Chains = Mapping[DeliveryKind, Sequence[Channel]]


@contextmanager
def open_chains(settings: Settings) -> Iterator[Chains]:
    """Make each channel once, so that the chains share it, and close them at the end.

    Letters to landlords use the tenants' chain.
    """
    maskinporten = Maskinporten(
        settings.maskinporten_issuer, settings.maskinporten_client_id, SigningKeys(settings.maskinporten_keys)
    )
    names = {*settings.copy_channels, *settings.office_channels}
    made = {name: _channel(name, settings, maskinporten) for name in names}
    to_tenants = [made[name] for name in settings.copy_channels]
    to_offices = [made[name] for name in settings.office_channels]
    try:
        yield {
            DeliveryKind.COPY: to_tenants,
            DeliveryKind.COPY_AGAIN: [channel for channel in to_tenants if channel.postal],
            DeliveryKind.SECOND: to_tenants,
            DeliveryKind.OFFICE: to_offices,
            DeliveryKind.OFFICE_SECOND: to_offices,
            DeliveryKind.LANDLORD: to_tenants,
        }
    finally:
        for channel in made.values():
            channel.close()
        maskinporten.close()


def channel_at(chain: Sequence[Channel], name: str | None) -> Channel:
    """Find where a letter is, by its channel's name; None: at the first of its chain.

    A letter whose channel is in the chain no more goes on at the first that brings paper.
    """
    if name is None:
        return chain[0]
    on_paper = next((one for one in chain if one.postal), chain[-1])
    return next((one for one in chain if one.name == name), on_paper)


def channels_after(chain: Sequence[Channel], channel: Channel) -> Sequence[Channel]:
    """Give the channels that a letter tries after this one, in order."""
    return chain[[one.name for one in chain].index(channel.name) + 1 :]


def _channel(name: ChannelName, settings: Settings, maskinporten: Maskinporten) -> Channel:
    match name:
        case ChannelName.ALTINN:
            return AltinnChannel(settings.altinn_url, settings.altinn_resource_id, maskinporten)
        case ChannelName.SVARUT:
            return SvarUtChannel(
                settings.svarut_url,
                settings.svarut_account,
                (settings.svarut_integration_id, settings.svarut_integration_password),
                maskinporten,
                cost_code=settings.svarut_cost_code,
            )
        case ChannelName.SMTP:
            return _smtp(settings)
        case ChannelName.PRINT:
            order = PrintOrder(settings.print_receipt, settings.print_sides, settings.print_envelope)
            return PrintChannel(_place(settings), order)
        case ChannelName.FOLDER:
            return FolderChannel(settings.letters, needs_done=settings.production)
        case _:
            assert_never(name)


def _place(settings: Settings) -> PrintPlace:
    key, known = settings.print_sftp_key_file, settings.print_sftp_known_hosts
    if settings.print_sftp and key is not None and known is not None:
        return SftpPlace(SftpServer.at(settings.print_sftp, key, known))
    return FolderPlace(settings.print_folder or settings.state_folder / "print")


def _smtp(settings: Settings) -> SmtpChannel:
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_ca_file,
    )
    return SmtpChannel(
        server,
        sender=Address(settings.operator_name, addr_spec=settings.smtp_sender),
        operator=Operator.of(settings),
        bounces=settings.smtp_bounces,
        own_host=urlsplit(settings.public_url).hostname or "localhost",
    )
