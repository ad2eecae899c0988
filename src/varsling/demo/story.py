"""The demonstration as a person sees it: what is sent, what is answered, and the end of each notice."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from varsling.client.api import Api, ApiRefused
from varsling.client.files import Row
from varsling.client.follow import Bookmark, check
from varsling.client.submit import Result
from varsling.demo.samples import INTEGRATION, Sample, samples

Say = Callable[[str], None]

_PATIENCE_SECONDS = 60
_DONE = frozenset({"sent", "received", "blocked"})


@dataclass(frozen=True, slots=True)
class Callers:
    """The callers of the story: the landlord's system and the NAV integration, each with its token."""

    url: str
    landlord_token: str
    nav_token: str


def tell(callers: Callers, *, first_day: date, today: date, say: Say) -> None:
    """Tell the whole story against a service with a worker. The samples of the first day are the same at each start.

    Raises TimeoutError if the worker does not finish them.
    """
    with ExitStack() as stack:
        landlord = stack.enter_context(Api(callers.url, callers.landlord_token))
        nav = stack.enter_context(Api(callers.url, callers.nav_token))
        accepted = [answer["id"] for answer in _send(landlord, _chosen(first_day, today), say)]
        say("\nEvery tenant's copy is written first; only then does the office get the notice.\n")
        for notice in _wait_for(landlord, accepted):
            _tell_notice(notice, say)
        say(f"\nThe NAV integration {INTEGRATION} reads its stream and fetches each notice:\n")
        _read_as_office(nav, say)
        say("\nFetched is received: the landlord's dates are confirmed now.\n")
        for notice_id in accepted:
            notice = landlord.get(f"/v1/notices/{notice_id}", {})
            dates = notice["dates"]
            say(f"  {notice['reference']:<16} {notice['status']:<9} {dates['basis']:<12} {_petition(dates)}")


def _chosen(first_day: date, today: date) -> list[Sample]:
    """Choose accepted samples as of the first start, so that they are the same notices; refused ones as of today."""
    pairs = zip(samples(first_day), samples(today), strict=True)
    return [new if new.refused else first for first, new in pairs]


def _send(landlord: Api, chosen: list[Sample], say: Say) -> Iterator[dict[str, Any]]:
    for number, sample in enumerate(chosen, 1):
        say(f"{number}. {sample.shows}")
        if sample.reservation is not None:
            made = landlord.post("/v1/reservations", sample.reservation)
            say(f"   reservation {made['id']} registered first")
        try:
            answer, status = landlord.post("/v1/notices", sample.notice), 201
        except ApiRefused as refused:
            if not sample.refused:
                raise
            answer, status = dict(refused.problem), refused.status
        else:
            yield answer
        say(f"   {status}  {Result(Row(number, sample.notice), status, answer).line().strip()}")


def _wait_for(landlord: Api, notice_ids: list[str]) -> list[dict[str, Any]]:
    """Wait for the worker, and give the notices: published, held for a person, or written to the office."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = [landlord.get(f"/v1/notices/{notice_id}", {}) for notice_id in notice_ids]
        if all(notice["status"] in _DONE or _held(notice) for notice in found):
            return found
        if time.monotonic() > give_up_at:
            raise TimeoutError("the worker did not get through with the sample notices")
        time.sleep(0.2)


def _held(notice: dict[str, Any]) -> bool:
    return notice["office"] is None


def _tell_notice(notice: dict[str, Any], say: Say) -> None:
    where = "held for a person (varsling notices held)"
    if office := notice["office"]:
        where = f"{office['name']} by {office['reached_by']}"
    copies = ", ".join(tenant["copy"]["status"] for tenant in notice["tenants"])
    say(f"  {notice['reference']:<16} {notice['status']:<9} {where}; copies: {copies}")


def _read_as_office(nav: Api, say: Say) -> None:
    bookmark = Bookmark(Path(), position=0, hash="0" * 64)
    cursor: dict[str, str | int] = {}
    while True:
        page = nav.get("/v1/feed", {"limit": 100} | cursor)
        check(bookmark, page["epoch"], page["events"])
        for event in page["events"]:
            _fetch(nav, event, say)
            bookmark.position, bookmark.hash = event["position"], event["hash"]
        if not page["events"]:
            say("  the stream's positions have no gap, its hashes one chain: nothing is missing")
            return
        cursor = {"after": page["next"]}


def _fetch(nav: Api, event: dict[str, Any], say: Say) -> None:
    said = f"  {event['position']:>3} {event['type']:<14} office {event['office']}"
    try:
        notice = nav.get(f"/v1/feed/notices/{event['notice']}", {})
    except ApiRefused as refused:
        say(f"{said}  {refused.problem.get('code')}")
        return
    tenants = len(notice["tenants"])
    total = notice["breach"]["outstanding_total"]
    say(f"{said}  {tenants} tenant{'s' if tenants > 1 else ''}, NOK {total} outstanding")


def _petition(dates: dict[str, Any]) -> str:
    return f"a petition should not come before {dates['petition']['recommended']}"
