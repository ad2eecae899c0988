"""A running service with a worker at hand, as a landlord, an office and a tenant's letter box see its notices."""

import json
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa

from tests.dispatch.channels import ListChannel, dispatcher
from tests.letters.reading import pdftotext
from tests.notices.bodies import START, move_clock_to
from tests.service import LANDLORD, NAV, Service
from varsling import worker
from varsling.database.changes import Change, Transaction
from varsling.database.clock import clock_shift, shift
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Dispatched, Outcome, Parcel, Retry
from varsling.deliveries.channels.folder import FolderChannel
from varsling.domain.dates import oslo_date
from varsling.feed.service import Grant, GrantKind
from varsling.notices.schemas.examples import NOTICE
from varsling.notices.service import backfill_events

GRUNERLOKKA = "0315"
FAILED = Retry()
KARI, OLA = "01819010001", "15827520362"


class Move(Change[None]):
    """Move the database's clock, either way."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def apply(self, transaction: Transaction) -> None:
        shift(transaction.connection, self.by)


class Scenario:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.context = service.context
        self.landlord = service.landlord()
        self.nav = service.nav()
        self._to_start()

    def _to_start(self) -> None:
        """Begin on the same day in every run: dates move with weekends and holidays, and so would the outcomes."""
        with reading(self.context.engine) as connection:
            moved = connection.scalar(sa.select(clock_shift.c.seconds))
        if moved is None:
            move_clock_to(self.context.engine, START)

    @classmethod
    def with_grant(cls, service: Service) -> "Scenario":
        """A scenario whose office has an integration."""
        scenario = cls(service)
        scenario.grant()
        return scenario

    @property
    def now(self) -> datetime:
        with reading(self.context.engine) as connection:
            return self.context.clock.now(connection)

    @property
    def today(self) -> date:
        return oslo_date(self.now)

    def body(self, *tenants: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """A notice without a fault today."""
        body = deepcopy(NOTICE)
        today = self.today
        for place, claim in enumerate(body["breach"]["claims"]):
            claim["due_date"] = (today - timedelta(days=60 - 20 * place)).isoformat()
        body["ground"]["warning_sent_on"] = (today - timedelta(days=20)).isoformat()
        body["planned_petition_date"] = None
        if tenants:
            body["tenants"] = list(tenants)
        return body | changes

    def send(self, *tenants: dict[str, Any], **changes: Any) -> dict[str, Any]:
        answer = self.landlord.post("/v1/notices", json=self.body(*tenants, **changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def change(self, notice: str, what: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.landlord.post(f"/v1/notices/{notice}/{what}", json=body, headers=named)

    def settle(self, notice: str, reason: str = "paid") -> httpx.Response:
        return self.change(notice, "settlement", {"reason": reason, "on": self.today.isoformat()})

    def withdraw(self, notice: str, reason: str = "mistake") -> httpx.Response:
        return self.change(notice, "withdrawal", {"reason": reason})

    def read(self, notice: str) -> dict[str, Any]:
        answer = self.landlord.get(f"/v1/notices/{notice}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def fetch(self, notice: str) -> httpx.Response:
        return self.nav.get(f"/v1/feed/notices/{notice}")

    def grant(
        self, office: str | None = GRUNERLOKKA, kind: GrantKind = GrantKind.RECEIVE, organisation: str = NAV
    ) -> None:
        self.context.writer.submit_and_wait(Grant(organisation, office, kind, backfill_events))

    def reserve(
        self, name: str = "Kari Testperson", national_id: str | None = KARI, lease: str = "K-1044", **changes: Any
    ) -> httpx.Response:
        return self.landlord.post("/v1/reservations", json=self.reservation(name, national_id, lease, **changes))

    def reservation(
        self, name: str = "Kari Testperson", national_id: str | None = KARI, lease: str = "K-1044", **changes: Any
    ) -> dict[str, Any]:
        """The body of a reservation."""
        body = {
            "landlord": {"organisation_number": LANDLORD},
            "lease": {"reference": lease},
            "tenant": {"name": name, "national_id": national_id},
            "received_on": self.today.isoformat(),
            "form": "letter",
        }
        return body | changes

    def work(self) -> None:
        """Let the worker send everything that is due."""
        worker.run_until_idle(self.context)

    def step(self) -> None:
        """Let the worker take one batch; its consequences wait for the next."""
        dispatcher(self.context, FolderChannel(self.context.settings.letters, needs_done=False)).step()

    def dispatch_to(self, *names: str, otherwise: Outcome = FAILED) -> dict[str, Parcel]:
        """Let the worker take one batch through a channel that delivers to these tenants alone; return all parcels."""
        channel = ListChannel(answer=lambda parcel: Dispatched() if parcel.address[0] in names else otherwise)
        dispatcher(self.context, channel).step()
        return {parcel.address[0]: parcel for parcel in channel.got}

    def pass_time(self, by: timedelta) -> None:
        self.context.writer.submit_and_wait(Move(by))

    def events(self, client: httpx.Client | None = None, **of: str) -> list[dict[str, Any]]:
        """Read the first 1000 events of the NAV integration's stream, or of the given client."""
        page = (client or self.nav).get("/v1/feed", params={"limit": 1000})
        assert page.status_code == 200, page.text
        return [event for event in page.json()["events"] if all(event[name] == value for name, value in of.items())]

    def types(self, client: httpx.Client | None = None, notice: str | None = None) -> list[str]:
        return [one["type"] for one in self.events(client) if notice is None or one.get("notice") == notice]

    def letters(self, kind: str) -> list[dict[str, Any]]:
        """Read the printer's sheets of a kind: `copy`, `second`, `landlord`, or `office` with its second letters."""
        folder = self.context.settings.letters
        told = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
        return [one for one in told if one["kind"] == kind]

    def texts_of(self, kind: str) -> list[str]:
        """Read the printed letters of this kind as text."""
        sheets = sorted(self.context.settings.letters.glob("*.json"))
        pdfs = [one.with_suffix(".pdf") for one in sheets if json.loads(one.read_text())["kind"] == kind]
        return [" ".join(pdftotext(pdf.read_bytes()).split()) for pdf in pdfs]


def tenant(name: str, national_id: str | None = None, birth_date: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "national_id": national_id, "birth_date": birth_date, **more}


def both() -> tuple[dict[str, Any], dict[str, Any]]:
    return tenant("Kari Testperson", KARI), tenant("Ola Prøvesen", OLA)


def tenant_ids(notice: dict[str, Any]) -> list[UUID]:
    return [UUID(one["id"]) for one in notice["tenants"]]
