"""`keys`: the key file of an installation."""

import click

from varsling.privacy.keys import KeysRefused, make_key_file
from varsling.settings import load_settings


@click.group()
def keys() -> None:
    """The key file: every secret of an installation, outside its database."""


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
