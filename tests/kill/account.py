"""Settles the account after the kills: compares every promise with the database, the letters and the streams."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import Cluster, until
from tests.kill.senders import Promises
from varsling.client.api import Api
from varsling.client.follow import FIRST_HASH, Bookmark, check
from varsling.demo.samples import INTEGRATION

Notice = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The service's state at the end."""

    notices: list[Notice]
    reservations: list[dict[str, Any]]
    parcels: list[dict[str, Any]]
    stream: list[dict[str, Any]]


def look(cluster: Cluster, token: str, held: set[str]) -> Found:
    """Wait until the workers are done, then read everything."""
    nav = cluster.command("token", "nav", "--organisation", INTEGRATION)
    with Api(cluster.urls[0], token) as api, Api(cluster.urls[1], nav) as office:
        until(lambda: not unfinished(api, held), "the workers did not finish", every=0.5)
        queue = ("copies", "list", "--limit", "100000")
        until(lambda: "second" not in cluster.command(*queue), "a second letter waits", every=0.5)
        return Found(
            everything(api, "/v1/notices"),
            everything(api, "/v1/reservations"),
            cluster.parcels(),
            stream(office),
        )


def settle(found: Found, promised: Sequence[Promises], copies: Counter[str] | None = None) -> str:
    """Assert that everything agrees; return the account in words.

    `copies`: as counted where they went, if that was no folder. Offices got letters then, for which a reservation may
    have come too late.
    """
    for one in promised:
        assert one.refused == []
        for ids in (*one.notices.values(), *one.reservations.values()):
            assert len(ids) == 1, "the same call, the same answer"
    _stored(found, promised)
    on_paper = copies is not None
    statuses = Counter(_life(notice, found, promised, on_paper=on_paper) for notice in found.notices)
    if copies is None:
        copies = _copies(found, {reference: names for one in promised for reference, names in one.tenants.items()})
    promises = sum(len(one.notices) for one in promised)
    assert promises >= len(promised), "too little was promised to prove anything"
    assert found.notices
    assert found.stream
    told, printed = (
        ", ".join(f"{count} {what}" for what, count in sorted(counted.items())) for counted in (statuses, copies)
    )
    return (
        f"{promises} promised, {len(found.notices)} stored ({told}); copies: {printed}; "
        f"{len(found.reservations)} reservations; {len(found.stream)} events in the office's stream, unbroken"
    )


def _copies(found: Found, names: dict[str, list[str]]) -> Counter[str]:
    """Compare each copy's status with the folder: sent once, taken back, or never sent."""
    letters: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for parcel in found.parcels:
        letters[parcel["address"][0]][parcel["kind"]] += 1
    counted: Counter[str] = Counter()
    copies = [
        (name, tenant["copy"]["status"])
        for notice in found.notices
        for tenant, name in zip(notice["tenants"], names[notice["reference"]], strict=True)
    ]
    for name, status in copies:
        hers = letters.pop(name, Counter[str]())
        if status == "not_sent" and hers:
            # She reserved between the hand-over and its record, or a worker died with the letter in its hand. The copy
            # may have arrived, so a second letter takes it back.
            assert hers["second"] == 1, f"a copy without the letter that takes it back: {dict(hers)}"
            assert hers["copy"] <= 1
            counted["taken back"] += 1
        else:
            assert hers["copy"] == (status == "dispatched")
            assert status in {"dispatched", "not_sent", "queued"}
            counted[status] += 1
    assert not letters, "letters to people of no notice"
    return counted


def _stored(found: Found, promised: Sequence[Promises]) -> None:
    """Every promised notice is stored, and none twice."""
    there = {notice["id"]: notice["reference"] for notice in found.notices}
    assert len(set(there.values())) == len(there)
    assert {next(iter(ids)): ref for one in promised for ref, ids in one.notices.items()}.items() <= there.items()
    reservations = {one["id"] for one in found.reservations}
    assert len(reservations) == len(found.reservations)
    assert {next(iter(ids)) for one in promised for ids in one.reservations.values()} <= reservations


def _life(notice: Notice, found: Found, promised: Sequence[Promises], *, on_paper: bool) -> str:
    """Name the notice's life: published once after all its copies, held, or stopped by its tenant's reservation."""
    reference = notice["reference"]
    told: defaultdict[str, list[str]] = defaultdict(list)
    for event in found.stream:
        if event["notice"] == notice["id"]:
            told[event["type"]].append(event["time"])
    sent = told["notice.sent"]
    reserved = any(reference in one.reservations for one in promised)
    match notice["status"]:
        case "accepted":
            assert any(reference in one.held for one in promised)
            assert (notice["office"], sent) == (None, [])
            return "held"
        case "blocked":
            assert reserved
            assert sent == []
        case "withdrawn":
            assert reserved
            assert len(sent) == len(told["notice.withdrawn"]) == 1
        case status:
            assert status == "sent"
            # The other of two tenants still has her notice.
            assert on_paper or not reserved or len(notice["tenants"]) == 2
            assert len(sent) == 1
    if sent:
        for tenant in notice["tenants"]:
            _before(tenant["copy"], sent[0], reserved=reserved)
    return str(notice["status"])


def _before(copy: dict[str, Any], sent: str, *, reserved: bool) -> None:
    """No office comes before a tenant. A tenant who reserved before her copy went gets no copy and is not named."""
    if copy["status"] == "not_sent":
        assert reserved
    else:
        assert copy["status"] == "dispatched"
        assert copy["dispatched_at"] <= sent


def unfinished(api: Api, held: set[str]) -> list[Notice]:
    return [one for one in everything(api, "/v1/notices", status="accepted") if one["reference"] not in held]


def everything(api: Api, path: str, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get(path, {"limit": 100} | filters | cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def stream(api: Api) -> list[dict[str, Any]]:
    """Read the whole stream and check its positions and hashes."""
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
