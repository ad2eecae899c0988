"""`varsling`: the commands of an installation. A failure is one line that tells how to mend it."""

import os
import sys
from importlib import import_module
from typing import Any

import click

# The module of each command, in the order of `varsling --help`. Only the module of the running command is imported.
COMMANDS = {
    "serve": "serving",
    "worker": "operating",
    "migrate": "serving",
    "demo": "demo",
    "status": "status",
    "token": "tokens",
    "integrations": "operating",
    "notices": "notices",
    "copies": "operating",
    "channels": "channels",
    "letters": "letters",
    "reports": "misuse",
    "landlords": "misuse",
    "feed": "operating",
    "registers": "registers",
    "offices": "registers",
    "keys": "keys",
    "simulate": "simulate",
    "conformance": "conformance",
    "openapi": "serving",
    "submit": "calling",
    "follow": "calling",
}


class Commands(click.Group):
    """The commands, each imported on demand.

    A failure that an operator can mend ends in one line on stderr and exit status 1.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"varsling.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.MissingParameter:
            raise  # it names the option, and no value
        except click.BadParameter as error:
            raise click.BadParameter(_without_the_value(error.message), error.ctx, error.param) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # `varsling offices list | head`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            raise click.ClickException(import_module("varsling.commands.failures").what_to_do(error)) from None


def _without_the_value(message: str) -> str:
    """Remove the typed value from a message: it may be a person's name or number, and terminals are often recorded."""
    if not message.startswith(("'", '"')):
        return message
    return f"What was given {message.rpartition(message[0] + ' ')[2]}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="varsling")
@click.option("--traceback", is_flag=True, help="Of a failure show the whole way there, for a report of a fault.")
def main(traceback: bool) -> None:
    """Notices of breach of a lease, checked, copied to every tenant, then published to the NAV office."""
    del traceback  # `Commands.invoke` reads it


if __name__ == "__main__":
    sys.exit(main())
