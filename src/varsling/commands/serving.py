"""Commands to run the API and prepare its database: `serve`, `migrate`, `openapi`."""

import errno
import socket
import sys

import click

from varsling.app.app import create_app
from varsling.app.logging import configure_logging
from varsling.app.running import run
from varsling.app.server import listen
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.settings import Settings, SettingsRefused, load_settings
from varsling.web.openapi import as_file


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--fd", type=click.IntRange(3), help="A socket that is open already, in place of host and port.")
@click.option("--worker", is_flag=True, help="Dispatch letters in this process too.")
def serve(host: str, port: int, fd: int | None, worker: bool) -> None:
    """Serve the API until it is stopped. In local and test the database is migrated first."""
    settings = load_settings().checked(host)
    with _listen(host, port) if fd is None else socket.socket(fileno=fd) as taken:
        if settings.local and "public_url" not in settings.model_fields_set:
            settings = settings.model_copy(update={"public_url": f"http://{host}:{taken.getsockname()[1]}"})
        configure_logging()
        sys.exit(run(settings, taken, worker=worker))


@click.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    engine = create_engine(load_settings().checked().database_url)
    upgrade(engine)
    engine.dispose()
    click.echo("The database has this version's schema.")


@click.command()
def openapi() -> None:
    """Print the API's OpenAPI document (openapi/varsling.json)."""
    click.echo(as_file(create_app(Settings.model_construct())), nl=False)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except socket.gaierror:
        raise SettingsRefused(f"{host} is not an address of this machine: choose another with --host.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} is taken: stop what listens there, or choose another with --port."
        elif error.errno == errno.EACCES:
            message = f"Port {port} needs more rights than this user has: choose one above 1023 with --port."
        else:
            message = f"Cannot listen on {host}: choose another address with --host."
        raise SettingsRefused(message) from None
