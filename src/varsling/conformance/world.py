"""The world of the conformance server: a real service in a folder of its own, and the notices that the script sends."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from varsling import worker
from varsling.access.issuer import LANDLORD_SCOPES, NAV_SCOPES, mint
from varsling.app.app import create_app
from varsling.app.server import Server, listen
from varsling.client.api import Api
from varsling.command_base import Command, Decision
from varsling.conformance.faults import Call, Faults, Kind, without_lost_answers
from varsling.context import Context, close, open_context
from varsling.database.changes import Transaction
from varsling.demo.samples import AGENT, INTEGRATION, LANDLORD, OSLO, TROMSO, sample_notice, synthetic_tenant
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.policies import Environment
from varsling.feed.service import Grant, GrantKind, NewEpoch
from varsling.notices.service import backfill_events
from varsling.settings import Settings

OFFICE = "0315"
LATER_OFFICE = "1902"
"""An office that the client's organisation begins to read on the way: that of the dwelling in Tromsø."""
_OTHERS_OFFICE = "1208"


class Impatient(Exception):
    """The client did not get where the script waits for it."""


@dataclass(frozen=True, slots=True)
class AppendUnknown(Command[None, None]):
    """Append an event of a type that is still to come, as a later version of the service would."""

    def lock(self, transaction: Transaction) -> None:
        """Nothing: the event is of no notice."""

    def decide(self, locked: None) -> Decision[None]:
        kind: Any = "notice.renumbered"
        members = {"more": {"of": "it"}}
        return Decision(locked, [Event(type=kind, office=OFFICE, members=members, organisations=(INTEGRATION,))])

    def store(self, transaction: Transaction, locked: None) -> None:
        """Nothing beside the event."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: that the client has for each step, that a slow page takes, and that an empty page is held open."""

    patience: float = 60.0
    slow: float = 6.0
    wait: float = 0.3


class World:
    """What the script does, and what the client did. `held` is what the client must have at the end: the version of
    each notice; `destroyed` is what it must have destroyed."""

    def __init__(self, context: Context, faults: Faults, callers: "Callers", url: str, token: str, pace: Pace) -> None:
        self.context = context
        self.faults = faults
        self.url, self.token = url, token
        self.held: dict[str, int] = {}
        self.destroyed: set[str] = set()
        self._callers = callers
        self.pace = pace
        self._sent = 0
        self._arranged = 0

    def send(self, notices: int = 1, *, tenants: int = 1, elsewhere: bool = False) -> list[str]:
        """Send notices all the way into the stream; `elsewhere` of the office that the client is to get later."""
        today = oslo_date(self.now())
        ids = []
        for _ in range(notices):
            self._sent += 1
            people = [
                synthetic_tenant(f"Prøve {letter} Person", 1950 + self._sent % 40, 2 * self._sent + place)
                for place, letter in enumerate("AB"[:tenants])
            ]
            dwelling = TROMSO if elsewhere else OSLO
            notice = sample_notice(f"C-{self._sent}", today, dwelling, people)
            answer = self._callers.landlord.post("/v1/notices", notice)
            ids.append(answer["id"])
        worker.run_until_idle(self.context)
        self.held |= dict.fromkeys(ids, 1)
        return ids

    def change(self, notice: str, what: str, body: dict[str, Any]) -> None:
        """Change a notice as its landlord does, all the way into the stream."""
        answer = self._callers.landlord.post(f"/v1/notices/{notice}/{what}", body)
        worker.run_until_idle(self.context)
        self.held[notice] = answer["version"]

    def withdraw(self, notice: str) -> None:
        """Withdraw a notice that was about somebody else: readers must destroy it."""
        self.change(notice, "withdrawal", {"reason": "wrong_person"})
        del self.held[notice]
        self.destroyed.add(notice)

    def remove_tenant(self, notice: str) -> None:
        """Say that one of its tenants was somebody else; the notice stands for the others."""
        tenants = self._callers.landlord.get(f"/v1/notices/{notice}", {})["tenants"]
        self.change(notice, "withdrawal", {"reason": "wrong_person", "tenants": [tenants[-1]["id"]]})

    def forward(self, notice: str, *, back: bool) -> None:
        """Give a notice to another organisation's office, or back to the client's."""
        body = {"office": OFFICE if back else _OTHERS_OFFICE, "reason": "wrong_area"}
        self._callers.colleague.post(f"/v1/feed/notices/{notice}/forwarding", body)
        worker.run_until_idle(self.context)

    def grant_later_office(self) -> None:
        """Let the client's organisation read one more office."""
        _grant(self.context, INTEGRATION, LATER_OFFICE)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def append_unknown(self) -> None:
        self.context.writer.submit_and_wait(AppendUnknown(self.context))

    def restore(self) -> None:
        """Begin a new epoch, as after a restore from a back-up."""
        self.context.writer.submit_and_wait(NewEpoch())

    @contextmanager
    def arranging(self) -> Iterator[None]:
        """Hold the client's next page until what it will have is arranged."""
        self.faults.held = True
        try:
            yield
        finally:
            self._arranged = len(self.faults.calls)
            self.faults.held = False

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Raises Impatient."""
        give_up_at = time.monotonic() + self.pace.patience
        while not reached():
            if time.monotonic() > give_up_at:
                raise Impatient
            time.sleep(0.02)

    def caught_up(self, pages_needed: int = 1) -> bool:
        """Tell whether so many empty pages that were asked for since the arrangement were delivered: the client is at
        the head."""
        later = self.calls(self._arranged)
        pages = [call for call in later if call.kind is Kind.PAGE and call.delivered and call.status == 200]
        return sum(not page.events for page in pages) >= pages_needed

    def calls(self, since: int) -> list[Call]:
        return self.faults.calls[since:]


@dataclass(frozen=True, slots=True)
class Callers:
    """Those who call beside the client: a landlord's system, and another integration of the client's office."""

    landlord: Api
    colleague: Api


def _grant(context: Context, organisation: str, office: str) -> None:
    grant = Grant(organisation=organisation, office=office, kind=GrantKind.RECEIVE, backfill=backfill_events)
    context.writer.submit_and_wait(grant)


@contextmanager
def world(port: int, pace: Pace) -> Iterator[World]:
    """Run the service until the end of the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="varsling-conformance-")))
        listener = stack.enter_context(listen("127.0.0.1", port))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = Settings(
            environment=Environment.LOCAL,
            database_url=f"sqlite:///{folder}/varsling.db",
            key_file=folder / "keys.json",
            copy_folder=folder / "letters",
            public_url=url,
            calls_per_minute=1_000_000,
            update_letter_days=0,  # an update goes to the office at once
        )
        context = open_context(settings)
        stack.callback(close, context)
        for organisation, office in ((INTEGRATION, OFFICE), (AGENT, OFFICE), (AGENT, _OTHERS_OFFICE)):
            _grant(context, organisation, office)
        token = mint(context.keyring, settings, organisation=INTEGRATION, scopes=NAV_SCOPES)
        log = logging.getLogger("uvicorn.error")
        log.addFilter(without_lost_answers)
        stack.callback(log.removeFilter, without_lost_answers)
        server = Server(create_app(settings, context))
        server.config.app = faults = Faults(server.app, token, pace.wait)
        thread = threading.Thread(target=server.run, args=([listener],), name="conformance", daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(setattr, server, "should_exit", True)
        tokens = (
            mint(context.keyring, settings, organisation=organisation, scopes=scopes)
            for organisation, scopes in ((LANDLORD, LANDLORD_SCOPES), (AGENT, NAV_SCOPES))
        )
        callers = Callers(*(stack.enter_context(Api(url, one)) for one in tokens))
        yield World(context, faults, callers, url, token, pace)
