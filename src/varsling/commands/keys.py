"""`keys`: the key file of an installation, and its keys at Maskinporten."""

import json

import click

from varsling.maskinporten.service import SigningKeys
from varsling.privacy.keys import KeysRefused, make_key_file
from varsling.settings import load_settings


@click.group()
def keys() -> None:
    """The key file, every secret of an installation outside its database; and the keys at Maskinporten."""


@keys.command()
def new() -> None:
    """Make the key file of a new installation at VARSLING_KEY_FILE. An existing file stays untouched."""
    path = load_settings().keys
    try:
        make_key_file(path)
    except FileExistsError:
        raise KeysRefused(
            f"The key file {path} exists and was not changed: its database cannot be read without it."
        ) from None
    click.echo(f"Made {path}. Back it up separately from the database, which cannot be read without it.")


@keys.group("maskinporten")
def at_maskinporten() -> None:
    """The key pairs of this installation's client at Maskinporten.

    A registered key lives one year. To rotate: `new`, register what it prints, then `use` its id.
    """


@at_maskinporten.command("new")
def new_pair() -> None:
    """Make a key pair, and print the public key to register. The first one is in use at once."""
    click.echo(json.dumps({"keys": [_pairs().add()]}, indent=2))


@at_maskinporten.command()
def show() -> None:
    """Print the public keys to register."""
    click.echo(json.dumps(_pairs().public(), indent=2))


@at_maskinporten.command()
@click.argument("key_id", metavar="KID")
def use(key_id: str) -> None:
    """Use the key KID from now on, once it is registered. All others are forgotten."""
    _pairs().use(key_id)
    click.echo(f"{key_id} is in use. Remove the former keys from the client at Digdir.")


def _pairs() -> SigningKeys:
    return SigningKeys(load_settings().maskinporten_keys)
