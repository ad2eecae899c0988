"""Killed at fifty random points, the service loses no accepted notice, and publishes none twice or without copies."""

import random
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.kill.house import House, house, until
from varsling.client.api import Api, ApiRefused, ApiUnreachable
from varsling.client.follow import FIRST_HASH, Bookmark, check
from varsling.demo.samples import INTEGRATION, LANDLORD, samples

KILLS = 50
SENDERS = 3
# So much that every process always has work, so little that the letters are written by the end.
PACE_SECONDS = 0.3


@dataclass
class Sender:
    """Sends notice after notice, each until it has its 2xx, and writes down what every 2xx said."""

    house: House
    token: str
    name: str
    stop: threading.Event = field(default_factory=threading.Event)
    promised: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    refused: list[str] = field(default_factory=list)

    def _pause(self, seconds: float) -> None:
        self.stop.wait(min(seconds, 0.2))

    def run(self) -> None:
        number = 0
        # A short pause between tries: the service is away for seconds at a time, and comes back.
        with Api(self.house.url, self.token, wait=self._pause) as api:
            while not self.stop.is_set():
                number += 1
                self._send(api, notice(f"{self.name}-{number}", tenants=1 + number % 2))
                self.stop.wait(PACE_SECONDS)

    def _send(self, api: Api, body: dict[str, Any]) -> None:
        # Twice: the second is the retry of a caller who lost the first answer.
        for _ in range(2):
            while True:
                try:
                    answer = api.post("/v1/notices", body)
                except ApiUnreachable:
                    continue
                except ApiRefused as refused:
                    self.refused.append(f"{refused.status} {refused.problem.get('code')}")
                    return
                self.promised[body["reference"]].add(answer["id"])
                break


def notice(name: str, *, tenants: int) -> dict[str, Any]:
    """A sample notice on a lease of its own, with tenants whom no other notice names."""
    body = samples(date.today())[tenants - 1].notice  # noqa: DTZ011  (any day near today will do)
    number = int(name[2:]) * SENDERS + "abc".index(name[0])
    people = [
        {
            "name": f"Prøve Leier{'xyz'[place]}",
            "birth_date": f"{date(1950 + 20 * place, 1, 1) + timedelta(days=number)}",
        }
        for place in range(tenants)
    ]
    return body | {"reference": f"R-{name}", "lease": body["lease"] | {"reference": f"L-{name}"}, "tenants": people}


def test_fifty_kills_lose_nothing_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(9_11)
    with house(database_url, tmp_path) as built:
        built.command("integrations", "grant", INTEGRATION, "--all")
        token = built.command("token", "landlord", "--organisation", LANDLORD)
        senders = [Sender(built, token, f"{letter}") for letter in "abc"[:SENDERS]]
        threads = [threading.Thread(target=sender.run) for sender in senders]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            victim = chance.choice([built.api, built.worker])
            victim.kill_at(chance.choice(victim.points))
            victim.start()
            until(built.ready, "the API did not come back")
        for sender in senders:
            sender.stop.set()
        for thread in threads:
            thread.join()
        account(built, token, senders)


def account(built: House, token: str, senders: list[Sender]) -> None:
    """Every promise against what is stored, what lies in the folder, and what the office's stream says."""
    promised = {reference: ids for sender in senders for reference, ids in sender.promised.items()}
    assert [fault for sender in senders for fault in sender.refused] == []
    assert {len(ids) for ids in promised.values()} == {1}
    by_id = {next(iter(ids)): reference for reference, ids in promised.items()}
    with Api(built.url, token) as api:
        until(lambda: not unfinished(api), "the worker did not finish")
        stored = everything(api)
    assert {notice["id"]: notice["reference"] for notice in stored} | by_id == {
        notice["id"]: notice["reference"] for notice in stored
    }
    assert len({notice["reference"] for notice in stored}) == len(stored)
    copies = Counter(parcel["id"] for parcel in built.parcels() if parcel["kind"] == "copy")
    tenants = sum(len(notice["tenants"]) for notice in stored)
    assert len(copies) == tenants, "a copy for each tenant, one file for each"
    nav = built.command("token", "nav", "--organisation", INTEGRATION)
    with Api(built.url, nav) as api:
        events = stream(api)
    sent = Counter(event["notice"] for event in events if event["type"] == "notice.sent")
    assert sent == Counter(notice["id"] for notice in stored)
    at = {event["notice"]: event["time"] for event in events}
    for one in stored:
        for tenant in one["tenants"]:
            assert tenant["copy"]["status"] == "dispatched"
            assert tenant["copy"]["dispatched_at"] <= at[one["id"]], "no office before a tenant"
    told = f"{KILLS} kills: {len(promised)} promised, {len(stored)} stored, {tenants} copies, {len(sent)} published"
    print(told)  # noqa: T201  (the account, shown with -rP)


def unfinished(api: Api) -> bool:
    return bool(api.get("/v1/notices", {"status": "accepted", "limit": 1})["items"])


def everything(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str | int] = {}
    while True:
        page = api.get("/v1/notices", {"limit": 100} | cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def stream(api: Api) -> list[dict[str, Any]]:
    """The whole stream, its positions and hashes checked."""
    bookmark = Bookmark(Path(), position=0, hash=FIRST_HASH)
    events: list[dict[str, Any]] = []
    cursor: dict[str, str | int] = {}
    while True:
        page = api.get("/v1/feed", {"limit": 500} | cursor)
        if not page["events"]:
            return events
        check(bookmark, page["epoch"], page["events"])
        events += page["events"]
        bookmark.position, bookmark.hash = events[-1]["position"], events[-1]["hash"]
        cursor = {"after": page["next"]}
