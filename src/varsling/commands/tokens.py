"""`token`: access tokens of the development issuer, for `local` and `test`."""

from collections.abc import Iterable

import click

from varsling.access.issuer import AGENT_SCOPES, LANDLORD_SCOPES, NAV_SCOPES, mint
from varsling.commands.context import organisation_number
from varsling.context import refuse_half
from varsling.privacy.keys import open_keyring
from varsling.settings import load_settings

_organisation_option = click.option(
    "--organisation", required=True, callback=organisation_number, help="The organisation that the token is for."
)


@click.group()
def token() -> None:
    """Print an access token of the development issuer (local and test only)."""


@token.command()
@_organisation_option
@click.option("--supplier", callback=organisation_number, help="A supplier that calls on behalf of the organisation.")
@click.option("--agent", is_flag=True, help="May send for each landlord that gave it a power of attorney.")
def landlord(organisation: str, supplier: str | None, agent: bool) -> None:
    """Print a token of a landlord's system, with all scopes of its kind."""
    if agent and supplier is not None:
        raise click.UsageError("--agent and --supplier exclude each other: an agent calls with a token of its own.")
    _mint_and_print(organisation, AGENT_SCOPES if agent else LANDLORD_SCOPES, supplier)


@token.command()
@_organisation_option
def nav(organisation: str) -> None:
    """Print a token of a NAV integration. Its grants (`varsling integrations grant`) decide what it sees."""
    _mint_and_print(organisation, NAV_SCOPES, None)


def _mint_and_print(organisation: str, scopes: Iterable[str], supplier: str | None) -> None:
    settings = load_settings().checked()
    refuse_half(settings)
    minted = mint(open_keyring(settings), settings, organisation=organisation, scopes=scopes, supplier=supplier)
    click.echo(minted)
