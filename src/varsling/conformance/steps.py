"""The steps of the script: what happens to the client, and what it must have done.

Each gives the faults that it finds in the client's calls, in words for its developer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from varsling.conformance.faults import Call, Kind, Spoil
from varsling.conformance.world import World
from varsling.domain.dates import oslo_date

Faults = Iterator[str]
_EARLY = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """`play` arranges what happens, waits until the client is at the head, and gives the client's faults."""

    name: str
    shows: str
    play: Callable[[World], Faults]


def _start(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        sent = world.send(3)
    yield from _fetched_at_the_head(world, since, sent)


def _short_pages(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        world.faults.spoils = [Spoil(Kind.PAGE, times=1000, events=2)]
        sent = world.send(5)
    yield from _fetched_at_the_head(world, since, sent)


def _lost_page(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        world.faults.spoils = [Spoil(Kind.PAGE, drop=True)]
        sent = world.send()
    yield from _fetched_at_the_head(world, since, sent)
    pages = _pages(world.calls(since))
    lost = next(place for place, page in enumerate(pages) if page.spoiled)
    if [page.after for page in pages[lost + 1 : lost + 2]] != [pages[lost].after]:
        yield "after a page that never came, ask again with the same `after`"


def _lost_fetch(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        (sent,) = world.send()
        world.faults.spoils = [Spoil(Kind.NOTICE, drop=True, when=lambda call: call.notice == sent)]
    yield from _fetched_at_the_head(world, since, [sent])
    calls = world.calls(since)
    page = next((one for one in _pages(calls) if any(event["notice"] == sent for event in one.events)), None)
    done = next((one.ended for one in calls if one.notice == sent and one.delivered), None)
    moved_on = [one for one in _pages(calls) if page is not None and one.after == page.answer["next"]]
    if done is not None and moved_on and moved_on[0].began < done:
        yield (
            "`next` was used before the fetch of its page had succeeded: a crash in between loses the notice, unless"
            " you keep what is still to be fetched on disk"
        )


def _busy(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        (sent,) = world.send()
        world.faults.spoils = [
            Spoil(Kind.PAGE, status=429, retry_after=2),
            Spoil(Kind.NOTICE, status=503, retry_after=1, when=lambda call: call.notice == sent),
        ]
    yield from _fetched_at_the_head(world, since, [sent])
    calls = world.calls(since)
    for status, seconds in ((429, 2), (503, 1)):
        refused = next((one for one in calls if one.status == status), None)
        again = [one for one in calls if refused and one.kind is refused.kind and one.began > refused.began]
        if refused and again and again[0].began - refused.ended < seconds * _EARLY:
            yield f"after a {status} wait as long as `Retry-After` says ({seconds} s)"


def _token_ended(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        sent = world.send()
        world.faults.spoils = [Spoil(Kind.PAGE, status=401)]
    yield from _fetched_at_the_head(world, since, sent)


def _unknown(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        world.append_unknown()
        sent = world.send()
        later = {"came_later": {"of": ["it"]}}
        world.faults.spoils = [Spoil(Kind.PAGE, members=later), Spoil(Kind.NOTICE, members=later)]
    yield from _fetched_at_the_head(world, since, sent)


def _changed(world: World) -> Faults:
    (notice,) = world.send()
    world.wait_for(lambda: _was_fetched(world.calls(0), notice))
    for body in ({"deposited_amount": "500.00"}, {"petition_filed_on": f"{oslo_date(world.now())}"}):
        since = len(world.faults.calls)
        with world.arranging():
            world.change(notice, "update", body)
        yield from _fetched_at_the_head(world, since, [notice])
    with world.arranging():
        world.change(notice, "settlement", {"reason": "paid", "on": f"{oslo_date(world.now())}"})
    world.wait_for(world.caught_up)


def _removed(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        (notice,) = world.send(tenants=2)
    yield from _fetched_at_the_head(world, since, [notice])
    since = len(world.faults.calls)
    with world.arranging():
        world.remove_tenant(notice)
    yield from _fetched_at_the_head(world, since, [notice])


def _forwarded(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        (notice,) = world.send()
    yield from _fetched_at_the_head(world, since, [notice])
    with world.arranging():
        world.forward(notice, back=False)
    world.wait_for(world.caught_up)
    since = len(world.faults.calls)
    with world.arranging():
        world.forward(notice, back=True)
    yield from _fetched_at_the_head(world, since, [notice])


def _backfilled(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        sent = world.send(2, elsewhere=True)
        world.grant_later_office()
    yield from _fetched_at_the_head(world, since, sent)


def _destroyed(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        (wrong,) = world.send()
        world.withdraw(wrong)
        (sent,) = world.send()
    yield from _fetched_at_the_head(world, since, [sent])
    gone = [one for one in world.calls(since) if one.notice == wrong and one.status in (404, 410)]
    if len(gone) > 3:
        yield "a 404 or 410 of a notice is final: do not fetch it again"


def _restored(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        world.restore()
        sent = world.send()
    yield from _fetched_at_the_head(world, since, sent)
    pages = _pages(world.calls(max(0, since - 1)))  # the one that was waiting when it happened, too
    expired = next((place for place, page in enumerate(pages) if page.status == 410), None)
    if expired is None:
        yield "no stored cursor was used: store `next`, and begin with it after each start"
    elif [page.after for page in pages[expired + 1 : expired + 2]] != [pages[expired].answer["restart"]]:
        yield "after a 410 go on with its `restart`: from the beginning all comes again, and at the head some is missed"


def _slow(world: World) -> Faults:
    since = len(world.faults.calls)
    with world.arranging():
        sent = world.send()
        world.faults.spoils = [Spoil(Kind.PAGE, seconds=world.pace.slow)]
    yield from _fetched_at_the_head(world, since, sent)
    pages = _pages(world.calls(since))
    if any(later.began < earlier.ended or not earlier.ended for earlier, later in pairwise(pages)):
        yield "wait for a page before asking for the next (an answer may take 35 s): pages one after the other"


def _fetched_at_the_head(world: World, since: int, notices: Sequence[str]) -> Faults:
    def missing() -> list[str]:
        return [notice for notice in notices if not _was_fetched(world.calls(since), notice)]

    # One that fetches beside its polling gets some time for it.
    world.wait_for(lambda: world.caught_up(1 if not missing() else 4))
    if left := missing():
        yield f"{len(left)} of {len(notices)} notices were not fetched: {', '.join(left)}"


def _was_fetched(calls: Sequence[Call], notice: str) -> bool:
    return any(
        one.kind is Kind.NOTICE and one.notice == notice and one.delivered and one.status == 200 for one in calls
    )


def _pages(calls: Sequence[Call]) -> list[Call]:
    return [one for one in calls if one.kind is Kind.PAGE]


STEPS = (
    Step("start", "three notices are open: each is fetched", _start),
    Step("short-pages", "pages have fewer events than `limit`, and there are more", _short_pages),
    Step("lost-page", "the answer with a page never comes", _lost_page),
    Step("lost-fetch", "the answer with a notice never comes", _lost_fetch),
    Step("busy", "429 for a page and 503 for a notice, with `Retry-After`", _busy),
    Step("token-ended", "401: the token has ended", _token_ended),
    Step("unknown", "an event of a later type, and later members", _unknown),
    Step("changed", "a notice is updated, its petition is lodged, it is settled", _changed),
    Step("removed", "one of two tenants was somebody else: `tenant.removed`, and the notice stands", _removed),
    Step("forwarded", "a notice goes to another's office (404), and comes back", _forwarded),
    Step("backfilled", "an office is added: its open notices come late, with `backfill`", _backfilled),
    Step("destroyed", "a notice was about somebody else: 410, and `delete` in its event", _destroyed),
    Step("restored", "the service was restored: a new epoch, 410 with `restart`, events come again", _restored),
    Step("slow", "a page takes long", _slow),
)
