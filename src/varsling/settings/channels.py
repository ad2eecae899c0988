"""How letters leave, and whose name they have."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from varsling.domain.contact import parse_email
from varsling.domain.policies import Channel, Envelope, MailTls, OperatorKind, PrintReceipt, PrintSides
from varsling.settings.parts import Channels, Part, Url, secret_in

_OF_MASKINPORTEN = ("maskinporten_issuer", "maskinporten_client_id")


class ChannelSettings(Part):
    """The chains of channels, each channel's own settings, and the operator that letters name."""

    copy_channels: Annotated[Channels, Field(min_length=1)] = (Channel.FOLDER,)
    """The chain of channels for letters to tenants and landlords."""
    office_channels: Channels = (Channel.FOLDER,)
    """The chain for letters to offices. Empty: a notice to an office without an integration waits for one."""
    copy_folder: Path | None = None
    """The folder of the folder channel, by default `letters` beside the database."""

    altinn_url: Url = ""
    """`https://platform.altinn.no`: the `altinn` channel puts letters into people's and organisations' own inboxes."""
    altinn_resource_id: str = ""
    """The id of the message service in Altinn's resource register; its owner is this organisation."""

    altinn_events_secret_file: Path | None = None
    """The file with a secret word of the address at which Altinn tells of news; without it Altinn is asked alone."""

    svarut_url: Url = ""
    """`https://svarut.ks.no/api`: the `svarut` channel of municipalities, digital first and then on paper."""
    svarut_account: str = ""
    """The id of the account (`konto`) that sends."""
    svarut_integration_id: str = ""
    """The id of the Fiks integration, which has the right to send from the account."""
    svarut_integration_password_file: Path | None = None
    """The file with the Fiks integration's password."""
    svarut_cost_code: str = Field("", pattern=r"^[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}$")
    """The code (`konteringskode`) that SvarUt bills by."""

    smtp_host: str = ""
    """The mail server of the `smtp` channel, which sends between 08 and 20 o'clock."""
    smtp_port: int = Field(587, gt=0, lt=65536)
    """Its port: 587, or 465 with `implicit`."""
    smtp_tls: MailTls = MailTls.STARTTLS
    """Production refuses `none`."""
    smtp_ca_file: Path | None = None
    """The authority of the server's certificate, if it is none of the usual ones."""
    smtp_user: str = ""
    """The user name there; none without a login."""
    smtp_password_file: Path | None = None
    """The file with the password."""
    smtp_sender: str = ""
    """The address that e-mails come from, and bounces go to. Its name says nothing of what letters are about."""
    smtp_bounces: Path | None = None
    """The Maildir (a folder) or mbox (a file) of that address. Without it no bounce is seen."""

    print_folder: Path | None = None
    """The folder of the `print` channel: the print house reads its `letters`, and writes into its `receipts`."""
    print_sftp: str = Field("", pattern=r"^(sftp://[^@/:\s]+@[^@/\s]+(/\S*)?)?$")
    """`sftp://user@host/folder`: the house's server instead of a folder."""
    print_sftp_key_file: Path | None = None
    """The private key that this user of its server logs in with, as `ssh-keygen` makes it, without a passphrase."""
    print_sftp_known_hosts: Path | None = None
    """The server's own key, as `ssh-keyscan` tells it and the house confirms it."""
    print_receipt: PrintReceipt = PrintReceipt.POSTED
    """The receipt at which a letter counts as dispatched."""
    print_sides: PrintSides = PrintSides.DUPLEX
    """How letters are printed."""
    print_envelope: Envelope = Envelope.C5
    """The window envelope that letters are laid out for: `E65` has room for fewer lines of the address."""

    maskinporten_issuer: str = ""
    """`https://maskinporten.no/`, slash included: where tokens for `altinn` and `svarut` come from."""
    maskinporten_client_id: str = ""
    """The client's id at Digdir."""
    maskinporten_key_file: Path | None = None
    """The client's own keys, by default `maskinporten.json` beside the database; `varsling keys maskinporten new`."""

    operator_name: str = ""
    """The sender of the letters; production must set it."""
    operator_kind: OperatorKind = OperatorKind.PRIVATE
    """`state`, `municipality` or `private`: the legal basis follows it; production must set it."""
    operator_address: str = ""
    """The operator's postal address; production must set it."""
    operator_phone: str = ""
    """A number that tenants can ring; production must set it."""
    operator_dpo_contact: str = ""
    """The data protection officer's address; production must set it."""

    @property
    def copies_on_paper(self) -> Channel | None:
        """The first channel of the tenants' chain that brings paper."""
        return next((one for one in self.copy_channels if one.postal), None)

    @property
    def altinn_events_secret(self) -> str:
        """Read the secret's file; empty without one. Raises SettingsRefused."""
        return secret_in("altinn_events_secret_file", self.altinn_events_secret_file)

    @property
    def svarut_integration_password(self) -> str:
        """Read the password's file. Raises SettingsRefused."""
        return secret_in("svarut_integration_password_file", self.svarut_integration_password_file)

    @property
    def smtp_password(self) -> str:
        """Read the password's file. Raises SettingsRefused."""
        return secret_in("smtp_password_file", self.smtp_password_file)

    def faults_of_channels(self, *, production: bool, local: bool) -> list[str]:
        """Tell what the chosen channels lack."""
        chosen = {*self.copy_channels, *self.office_channels}
        needed = {
            Channel.ALTINN: ("altinn_url", "altinn_resource_id", *_OF_MASKINPORTEN),
            Channel.PRINT: ("print_sftp_key_file", "print_sftp_known_hosts") if self.print_sftp else ("print_folder",),
            Channel.SMTP: ("smtp_host", "smtp_sender"),
            Channel.SVARUT: (
                "svarut_url",
                "svarut_account",
                "svarut_integration_id",
                "svarut_integration_password_file",
                *_OF_MASKINPORTEN,
            ),
        }
        faults = self._faults_of_folder(local=local) if Channel.FOLDER in chosen else []
        faults += [
            f"Set VARSLING_{name.upper()}: the channel {channel} needs it."
            for channel, names in needed.items()
            if channel in chosen
            for name in names
            if not getattr(self, name)
        ]
        if self.print_sftp and self.print_folder:
            faults.append("Set one of VARSLING_PRINT_FOLDER and VARSLING_PRINT_SFTP: letters go to one place.")
        if Channel.SMTP in chosen and self.smtp_sender and not _is_email(self.smtp_sender):
            faults.append("Set VARSLING_SMTP_SENDER to an e-mail address.")
        return faults + (self._faults_in_production(chosen) if production else [])

    def _faults_in_production(self, chosen: set[Channel]) -> list[str]:
        urls = {name: getattr(self, name) for name in ("altinn_url", "svarut_url", "maskinporten_issuer")}
        faults = [
            f"Set VARSLING_{name.upper()} to an https address."
            for name, url in urls.items()
            if url and not url.startswith("https://")
        ]
        if Channel.SMTP in chosen and self.smtp_tls is MailTls.NONE:
            faults.append("Set VARSLING_SMTP_TLS to starttls or implicit: e-mails name people.")
        if Channel.SMTP in chosen and self.smtp_bounces is None:
            faults.append("Set VARSLING_SMTP_BOUNCES: a copy that bounces goes out by post.")
        if Channel.FOLDER in chosen and self.copy_folder is None:
            faults.append("Set VARSLING_COPY_FOLDER: the folder that the printer takes letters from.")
        return faults

    def _faults_of_folder(self, *, local: bool) -> list[str]:
        """Tell of a folder that is not there. Made here, it would hide that the printer's share is not mounted: letters
        would lie and wait."""
        if local or self.copy_folder is None or self.copy_folder.is_dir():
            return []
        return [f"VARSLING_COPY_FOLDER: there is no folder {self.copy_folder}: make it, or mount the share."]


def _is_email(text: str) -> bool:
    try:
        parse_email(text)
    except ValueError:
        return False
    return True
