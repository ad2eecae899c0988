"""Holds the names of commands: scripts rely on them, so a rename in the code must not change them."""

import click
import pytest

from varsling.cli import COMMANDS, main

NAMES = {
    "channels": ["check", "subscribe"],
    "conformance": [],
    "copies": ["list", "pause", "resume", "retry", "returned", "why"],
    "demo": [],
    "feed": ["new-epoch"],
    "follow": [],
    "integrations": ["grant", "lag", "list", "revoke"],
    "keys": ["maskinporten", "new"],
    "landlords": ["list", "resume", "suspend"],
    "letters": ["preview"],
    "migrate": [],
    "notices": ["assign", "held", "reject", "release", "show", "unfetched", "withdraw"],
    "offices": ["list"],
    "openapi": [],
    "registers": ["status", "sync"],
    "reports": ["close", "list"],
    "serve": [],
    "simulate": [],
    "status": [],
    "submit": [],
    "token": ["landlord", "nav"],
    "worker": [],
}


def test_no_command_is_missing_and_none_is_unnamed() -> None:
    assert sorted(COMMANDS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_command_has_its_subcommands(name: str) -> None:
    context = click.Context(main)
    command = main.get_command(context, name)
    assert command is not None
    assert sorted(command.list_commands(context) if isinstance(command, click.Group) else []) == NAMES[name]
