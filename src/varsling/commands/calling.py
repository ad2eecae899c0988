"""Clients over the public API, for any holder of a token: `submit` and `follow`."""

import base64
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
import orjson

from varsling.client.api import Api, ApiRefused, ApiUnreachable
from varsling.client.files import FileRefused, read
from varsling.client.follow import Bookmark, BookmarkUnreadable, CursorExpired, StreamBroken, pages
from varsling.client.submit import submit as send

_url = click.option("--url", envvar="VARSLING_PUBLIC_URL", default="http://127.0.0.1:8000", show_default=True)


def _read_token(_context: click.Context, _option: click.Parameter, file: Path | None) -> str:
    """Read the token: of the file, else of the environment. On a command line every user of the machine could read
    it."""
    try:
        token = file.read_text() if file is not None else os.environ.get("VARSLING_TOKEN", "")
    except (OSError, UnicodeDecodeError):
        raise click.BadParameter("the file cannot be read.") from None
    if not token.strip():
        raise click.UsageError("Set VARSLING_TOKEN to an access token, or name a file with one by --token-file.")
    return token.strip()


_token = click.option(
    "--token-file",
    "token",
    type=click.Path(path_type=Path),
    callback=_read_token,
    help="The file of the access token. Default: the token in VARSLING_TOKEN.",
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_url
@_token
@click.option("--check", is_flag=True, help="Only ask for the outcomes; nothing is stored.")
def submit(file: Path, url: str, token: str, check: bool) -> None:
    """Send the notices of a CSV or JSON file, and print the outcome of each.

    Safe to run again: a notice that was accepted before gives its first answer. Exit status 1 if a notice was refused.
    """
    accepted = refused = 0
    try:
        rows = read(file)
        with Api(url, token) as api, click.progressbar(length=len(rows), label=file.name, file=sys.stderr) as bar:
            for result in send(api, rows, check=check):
                bar.update(1)
                click.echo(result.line())
                accepted, refused = accepted + result.accepted, refused + (not result.accepted)
    except (FileRefused, ApiRefused, ApiUnreachable) as error:
        if accepted or refused:
            _tell_counts(accepted, refused, check=check)
        raise click.ClickException(str(error)) from None
    _tell_counts(accepted, refused, check=check)
    sys.exit(1 if refused else 0)


def _tell_counts(accepted: int, refused: int, *, check: bool) -> None:
    click.echo(f"{accepted} {'would be ' if check else ''}accepted, {refused} refused.", err=True)


@click.command()
@_url
@_token
@click.option("--cursor", type=click.Path(path_type=Path), help="The file of the cursor. Default: var/follow-….json.")
@click.option("--verify", is_flag=True, help="Check for gaps: dense positions, hashes in one chain.")
@click.option("--once", is_flag=True, help="End at the end of the stream; otherwise wait for more.")
@click.option("--restart", is_flag=True, help="If the cursor has expired, continue from one that misses no event.")
def follow(url: str, token: str, cursor: Path | None, verify: bool, once: bool, restart: bool) -> None:
    """Read your own stream from the stored cursor: one event a line, as JSON."""
    try:
        bookmark = Bookmark.at(cursor or _own_file(url, token))
        try:
            _read_on(url, token, bookmark, verify=verify, once=once)
        except CursorExpired as expired:
            if not restart:
                raise
            bookmark.start_again(expired.restart)
            _read_on(url, token, bookmark, verify=verify, once=once)
    except CursorExpired:
        raise click.ClickException(
            "The stored cursor has expired. Run again with --restart: no event is missed, some may come again."
        ) from None
    except (ApiRefused, ApiUnreachable, BookmarkUnreadable, StreamBroken) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("Stopped. The cursor is stored; some events may come again.", err=True)


def _read_on(url: str, token: str, bookmark: Bookmark, *, verify: bool, once: bool) -> None:
    with Api(url, token) as api:
        for events in pages(api, bookmark, verify=verify, wait=0 if once else 30):
            for event in events:
                click.echo(orjson.dumps(event).decode())
            if once and not events:
                return


def _own_file(url: str, token: str) -> Path:
    """Give a file for each address and caller. The token's claims name the organisation, so a new token keeps
    the cursor."""
    name = hashlib.sha256(f"{url} {_organisation(token)}".encode()).hexdigest()[:12]
    return Path("var") / f"follow-{name}.json"


def _organisation(token: str) -> Any:
    """Read the token's organisation, unverified: it only names a file."""
    try:
        claims = token.split(".")[1]
        named = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return [named.get("consumer"), named.get("supplier"), named.get("authorization_details")]
    except (IndexError, ValueError, AttributeError):
        raise click.ClickException("The token is not an access token.") from None
