"""Clients over the public API, for any holder of a token: `submit` and `follow`."""

import base64
import hashlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any

import click
import orjson

from varsling.client.api import Api, ApiRefused, ApiUnreachable
from varsling.client.columns import Language, all_choices, all_columns, fault, word
from varsling.client.columns import template as columns_of_template
from varsling.client.files import FileRefused, Row, read
from varsling.client.follow import Bookmark, BookmarkUnreadable, CursorExpired, StreamBroken, pages
from varsling.client.results import Results, ResultsUnwritable, results
from varsling.client.submit import submit as send
from varsling.stopping import SIGNALS

_url = click.option("--url", envvar="VARSLING_PUBLIC_URL", default="http://127.0.0.1:8000", show_default=True)


_HELP_ON_TOKENS = "The file of the access token. Default: the token in VARSLING_TOKEN."


def _read_token(_context: click.Context, _option: click.Parameter, file: Path | None) -> str:
    return _token_of(file, Language.EN)


def _token_of(file: Path | None, language: Language) -> str:
    """Read the token: of the file, else of the environment. On a command line every user of the machine could read
    it."""
    try:
        token = file.read_text() if file is not None else os.environ.get("VARSLING_TOKEN", "")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(fault("token_unreadable", language, file=file)) from None
    if not token.strip():
        raise click.UsageError(fault("token_missing", language))
    return token.strip()


_token = click.option(
    "--token-file",
    "token",
    type=click.Path(path_type=Path),
    callback=_read_token,
    help=_HELP_ON_TOKENS,
)


def _columns_help() -> str:
    """List the columns for `--help`."""
    lines = "\n".join(f"  {nb.replace('{n}', '1'):<34}{en.replace('{n}', '1')}" for _, nb, en in all_columns())
    chosen = "\n".join(f"  {name:<34}{', '.join(values)}" for name, values in all_choices())
    return (
        f"\b\nColumns of a CSV file, in Norwegian or English:\n{lines}\n\nTenants and claims are numbered from 1.\n\n"
        f"\b\nWhat some of them take, in Norwegian:\n{chosen}"
    )


@click.command(epilog=_columns_help())
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_url
@click.option("--token-file", type=click.Path(path_type=Path), help=_HELP_ON_TOKENS)
@click.option("--check", is_flag=True, help="Only ask for the outcomes; nothing is stored.")
@click.option("--result", type=click.Path(path_type=Path), help="Write the outcome of each row into this CSV file.")
@click.option("--template", type=click.Choice(["csv"]), help="Print a file to fill in with Excel, with one row.")
@click.option("--language", type=click.Choice([one.value for one in Language]), default="en", show_default=True)
def submit(
    file: Path | None,
    url: str,
    token_file: Path | None,
    check: bool,
    result: Path | None,
    template: str | None,
    language: str,
) -> None:
    """Send the notices of a CSV or JSON FILE, and print the outcome of each.

    Safe to run again, also after an interruption: a notice that was accepted before gives its first answer. Exit status
    1 if a notice was refused.
    """
    spoken = Language(language)
    if template is not None:
        _print_template(spoken)
        return
    if file is None:
        raise click.UsageError("Name a file, or print one by --template csv.")
    token = _token_of(token_file, spoken)
    if result is not None and result.exists() and file.exists() and result.samefile(file):
        raise click.UsageError(fault("result_is_file", spoken))
    try:
        with results(spoken, result) as kept:
            _send_all(read(file), Api(url, token, language=spoken), kept, check=check, language=spoken)
            refused = kept.refused
    except FileRefused as error:
        raise click.ClickException(error.told(spoken)) from None
    except ResultsUnwritable as error:
        raise click.ClickException(fault("result_unwritable", spoken, file=result, why=error)) from None
    except ApiUnreachable as error:
        raise click.ClickException(fault("unreachable", spoken, url=url, why=error.why)) from None
    except ApiRefused as error:
        said = fault("token", spoken) if error.status == HTTPStatus.UNAUTHORIZED else str(error)
        raise click.ClickException(said) from None
    if result is not None:
        click.echo(word("result", spoken).format(file=result), err=True)
    sys.exit(1 if refused else 0)


def _send_all(rows: Sequence[Row], api: Api, kept: Results, *, check: bool, language: Language) -> None:
    """Send the rows. However it ends, what was done by then is counted."""
    done = False
    try:
        with api, click.progressbar(length=len(rows), label=word("row", language), file=sys.stderr) as bar:
            for one in send(api, rows, check=check):
                bar.update(1)
                click.echo(one.line(language))
                kept.add(one)
        done = True
    finally:
        if done or kept.accepted or kept.refused:
            for line in kept.summary(check=check):
                click.echo(line, err=True)
        if not done and kept.accepted:
            click.echo(word("again", language), err=True)


def _print_template(language: Language) -> None:
    """Print a file that a Norwegian Excel opens by a double click: with semicolons, and the mark of UTF-8."""
    rows = zip(*columns_of_template(language), strict=True)
    click.echo("".join(f"{';'.join(row)}\r\n" for row in rows).encode("utf-8-sig"), nl=False)


@click.command()
@_url
@_token
@click.option("--cursor", type=click.Path(path_type=Path), help="The file of the cursor. Default: var/follow-….json.")
@click.option("--verify", is_flag=True, help="Check for gaps: dense positions, hashes in one chain.")
@click.option("--once", is_flag=True, help="End at the end of the stream; otherwise wait for more.")
@click.option("--restart", is_flag=True, help="If the cursor has expired, continue from one that misses no event.")
def follow(url: str, token: str, cursor: Path | None, verify: bool, once: bool, restart: bool) -> None:
    """Read your own stream from the stored cursor: one event a line, as JSON."""
    place = cursor or _own_file(url, token)
    try:
        bookmark = Bookmark.at(place)
        _end_at_signals(bookmark, verify=verify)
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
    except ApiRefused as error:
        if error.problem.get("code") != "cursor-unknown":
            raise click.ClickException(str(error)) from None
        raise click.ClickException(
            f"The cursor in {place} is of another organisation or another service: delete the file, or name another by"
            " --cursor."
        ) from None
    except (ApiUnreachable, BookmarkUnreadable, StreamBroken) as error:
        raise click.ClickException(str(error)) from None
    if verify:
        click.echo(bookmark.seen, err=True)


def _end_at_signals(bookmark: Bookmark, *, verify: bool) -> None:
    """End at once, wherever the reading is: the place is stored whole or not at all."""

    def end(_number: int, _frame: FrameType | None) -> None:
        said = "Stopped. The cursor is stored; some events may come again.\n"
        os.write(2, (said + (f"{bookmark.seen}\n" if verify else "")).encode())
        os._exit(0)

    for number in SIGNALS:
        signal.signal(number, end)


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
