"""`token`: access tokens of the development issuer, for `local` and `test`."""

from collections.abc import Iterable

import click

from varsling.access.issuer import AGENT_SCOPES, LANDLORD_SCOPES, NAV_SCOPES, mint
from varsling.commands.context import organisation as checked_number
from varsling.privacy.keys import open_keyring
from varsling.settings import load_settings

_organisation_option = click.option("--organisation", required=True, callback=checked_number, help="Who calls.")


@click.group()
def token() -> None:
    """Print an access token of the development issuer (local and test only)."""


@token.command()
@_organisation_option
@click.option("--supplier", callback=checked_number, help="The supplier to whom the landlord delegated.")
@click.option("--agent", is_flag=True, help="With powers of attorney: any landlord, named in the body.")
def landlord(organisation: str, supplier: str | None, agent: bool) -> None:
    """Print a token of a landlord's system, with all scopes of its kind."""

    if agent and supplier is not None:
        raise click.UsageError("--agent and --supplier exclude each other: an agent calls with a token of its own.")
    _print(organisation, AGENT_SCOPES if agent else LANDLORD_SCOPES, supplier)


@token.command()
@_organisation_option
def nav(organisation: str) -> None:
    """Print a token of a NAV integration. Its grants (`varsling integrations grant`) decide what it sees."""

    _print(organisation, NAV_SCOPES, None)


def _print(organisation: str, scopes: Iterable[str], supplier: str | None) -> None:

    settings = load_settings().checked()
    minted = mint(open_keyring(settings), settings, organisation=organisation, scopes=scopes, supplier=supplier)
    click.echo(minted)
