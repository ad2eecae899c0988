"""The demonstration's stage: the service as a process of its own, grants and tokens, and calls to try afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from varsling import secret_files
from varsling.access.issuer import LANDLORD_SCOPES, NAV_SCOPES, mint
from varsling.app.server import listen
from varsling.client.api import Api, ApiUnreachable
from varsling.context import close, open_context
from varsling.demo.outside import played
from varsling.demo.samples import BIRTH_DATE_SHOWN, INTEGRATION, LANDLORD, TENANT_SHOWN
from varsling.demo.story import Callers, tell
from varsling.domain.dates import oslo_date
from varsling.feed.service import Grant, GrantKind
from varsling.notices.service import backfill_events
from varsling.settings import Settings, SettingsRefused
from varsling.stopping import Interruption, interrupted_by_signals

Say = Callable[[str], None]

# The integration's offices: those of the samples, except Tromsø's, which gets its notice as a letter.
OFFICES = ("0315", "0602", "1202", "1208", "1101")
_START_SECONDS = 60


def show(settings: Settings, ports: Iterable[int], *, say: Say, once: bool, every_way: bool) -> int:
    """Tell the story on the first free port. Then stay up until Ctrl-C, or with `once` end.

    Raises Interrupted when a signal tells it to stop; by then the service has stopped too.

    `every_way`: letters leave by each channel, to outside systems that are played; else they are files in a folder.
    """
    listener = _listening(ports)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    callers = _prepare(settings, url)
    say(f"varsling starts on {url}; its database and files lie in {settings.state_folder}")
    with ExitStack() as stack:
        interruption = stack.enter_context(interrupted_by_signals())
        outside = stack.enter_context(played(settings, url)) if every_way else None
        more = outside.environment if outside else {}
        process = stack.enter_context(_service(settings, listener, url, more, interruption))
        _wait_until_ready(process, url)
        today = oslo_date(datetime.now(UTC))

        def checked(line: str) -> None:
            interruption.check()
            say(line)

        tell(callers, first_day=_first_day(settings, today), today=today, say=checked)
        say(f"\nLetters:\n{outside.told()}" if outside else _letters(settings))
        say(_what_to_try(callers))
        return 0 if once else _ended(process, interruption)


def _listening(ports: Iterable[int]) -> socket.socket:
    """Listen on the first free port, which is ours from here on: another demonstration may start at the same time."""
    for port in ports:
        try:
            return listen("127.0.0.1", port)
        except OSError:
            continue
    first, last = min(ports), max(ports)
    named = f"Port {first} is" if first == last else f"The ports {first} to {last} are all"
    raise SettingsRefused(f"{named} taken: stop what listens there.")


def _prepare(settings: Settings, url: str) -> Callers:
    """Make database and keys, grant the integration its offices, and make a token for each caller."""
    context = open_context(settings)
    try:
        for office in OFFICES:
            context.writer.submit_and_wait(
                Grant(organisation=INTEGRATION, office=office, kind=GrantKind.RECEIVE, backfill=backfill_events)
            )
        landlord = mint(context.keyring, settings, organisation=LANDLORD, scopes=LANDLORD_SCOPES)
        nav = mint(context.keyring, settings, organisation=INTEGRATION, scopes=NAV_SCOPES)
    finally:
        close(context)
    return Callers(url, landlord, nav)


@contextmanager
def _service(
    settings: Settings, listener: socket.socket, url: str, more: Mapping[str, str], interruption: Interruption
) -> Iterator[subprocess.Popen[bytes]]:
    """Run API and worker in one process, whose log lies beside the database. It ends with this process."""
    settings.state_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_file = settings.state_folder / "varsling.log"
    with open(log_file, "ab", opener=_for_its_owner) as log:
        process = None
        try:
            with interruption.held():  # or nobody would know the process that was just begun
                process = subprocess.Popen(  # noqa: S603  (our own command line)
                    [sys.executable, "-m", "varsling", "serve", "--fd", str(listener.fileno()), "--worker"],
                    env={**os.environ, **more, "VARSLING_PUBLIC_URL": url},
                    pass_fds=[listener.fileno()],
                    stdout=log,
                    stderr=log,
                    # Ctrl-C reaches the whole group: this process stops the service, after the story's last line.
                    start_new_session=True,
                )
            listener.close()
            yield process
        finally:
            if process is not None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def _for_its_owner(path: str, flags: int) -> int:
    """Open a file that its owner alone may read, whatever the umask."""
    return os.open(path, flags, 0o600)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    with Api(url, "none", wait=lambda _: time.sleep(0.1)) as api:
        while True:
            time.sleep(0.1)
            if process.poll() is not None:
                raise SettingsRefused("The service ended while starting: see varsling.log beside the database.")
            try:
                api.get("/health/ready", {})
            except ApiUnreachable:
                if time.monotonic() > give_up_at:
                    raise SettingsRefused("The service did not start: see varsling.log beside the database.") from None
            else:
                return


def _first_day(settings: Settings, today: date) -> date:
    """Give the Oslo date of the first start here, so that samples and answers stay the same."""
    kept = settings.state_folder / "demo-first-day"
    if not kept.exists():
        secret_files.create(kept, f"{today}\n".encode())
    return date.fromisoformat(kept.read_text().strip())


def _letters(settings: Settings) -> str:
    letters = sorted(settings.letters.glob("*.pdf"), key=lambda file: file.stat().st_mtime)
    newest: Path | str = letters[-1] if letters else "–"
    return f"""
Letters lie in {settings.letters} ({len(letters)} PDF files), the newest:
  {newest}

A tenant's page, as she opens it from her letter (her birth date is {BIRTH_DATE_SHOWN}):
  {_page_of(settings)}"""


def _what_to_try(callers: Callers) -> str:
    return f"""
Stays up on {callers.url}. The guide for developers: {callers.url}/docs
The API, to try it: {callers.url}/docs/api
Every problem with its remedy: {callers.url}/problems

Tokens (they also work in the API's page above):
  export LANDLORD={callers.landlord_token}
  export NAV={callers.nav_token}

Try:
  curl -s '{callers.url}/v1/dates?sent_on=2026-12-11'
  curl -s -H "Authorization: Bearer $LANDLORD" '{callers.url}/v1/notices?limit=2'
  curl -s -H "Authorization: Bearer $LANDLORD" '{callers.url}/v1/feed?limit=3'
  curl -s -H "Authorization: Bearer $NAV" '{callers.url}/v1/feed?limit=3'

Ctrl-C stops it; a new start continues with the same database."""


def _page_of(settings: Settings) -> str:
    """Find the link on the newest copy to the first sample's tenant."""
    sheets = [orjson.loads(file.read_bytes()) for file in sorted(settings.letters.glob("*.json"))]
    hers = [sheet for sheet in sheets if sheet["kind"] == "copy" and sheet["address"][0] == TENANT_SHOWN]
    return str(hers[-1]["link"]) if hers else "–"


def _ended(process: subprocess.Popen[bytes], interruption: Interruption) -> int:
    """Wait for the service's end, or for a signal."""
    while (status := process.poll()) is None:
        interruption.check()
        time.sleep(0.2)
    return status
