"""The worker's way of a letter: take, look up, write, keep, hand over, record.

Each step leaves the database such that another worker can finish what a dead one began: a lease runs out, a kept
letter is not rendered again, and a letter that a channel may have is looked up before it is sent (guarantee 6).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import UUID, uuid4

import structlog

from varsling.context import Context
from varsling.database.engine import reading
from varsling.database.failpoints import failpoint
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import (
    Breaker,
    CannotTell,
    Chains,
    Channel,
    Delivery,
    DeliveryId,
    DeliveryKind,
    KeepLetters,
    Outcome,
    Parcel,
    Permanent,
    Places,
    RenewLease,
    Retry,
    ReturnDeliveries,
    SlowDown,
    TakeDeliveries,
    Unknown,
)
from varsling.dispatch.assembly import Task, Written, collect_readable, write_letter
from varsling.dispatch.compose import Bounces, OfficeUnknown, Unwritable
from varsling.dispatch.outcomes import (
    ATTEMPTS_SPENT,
    OUTCOME_UNKNOWN,
    NothingToSend,
    RecordResult,
    Result,
    TakeOfficeLetter,
    Waits,
)
from varsling.dispatch.reading import opened_before, tell_of_opened
from varsling.domain.policies import Channel as ChannelName
from varsling.stopping import Stop

BATCH = 32
# A third of a lease: no single step takes as long as the rest of it.
_RENEW_AFTER_SECONDS = deliveries.LEASE.total_seconds() / 3

_NOT_TOLD = timedelta(hours=1)  # while a channel cannot tell whether a letter was opened
_NOWHERE = ""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Batch:
    """The deliveries of one lease. `results` fills as they go; those without a result are returned at the end."""

    token: UUID
    deliveries: dict[DeliveryId, Delivery]
    results: dict[DeliveryId, Result] = field(default_factory=dict)
    replaced: set[DeliveryId] = field(default_factory=set)
    resent: set[DeliveryId] = field(default_factory=set)
    renewed_at: float = field(default_factory=monotonic)

    @property
    def open(self) -> list[Delivery]:
        return [one for one in self.deliveries.values() if one.id not in self.results]

    def keep_only(self, leased: frozenset[DeliveryId]) -> None:
        """Drop what another worker has taken, or a cancellation has taken back."""
        for lost in [one.id for one in self.open if one.id not in leased]:
            del self.deliveries[lost]


class Dispatcher:
    """Sends due letters through the chains. Each thread of a process has one; they share the breakers."""

    def __init__(
        self, context: Context, chains: Chains, breakers: Mapping[str, Breaker], stop: Stop | None = None
    ) -> None:
        self._context = context
        self._chains = chains
        self._breakers = breakers
        self._stop = stop

    def step(self) -> int:
        """Take one batch of due letters the whole way. Gives the number of deliveries."""
        batch = self._take()
        if batch is None:
            return 0
        taken = len(batch.deliveries)
        failpoint("copy.taken")
        self._look_up(batch)
        self._drop_opened(batch)
        self._take_office_letters(batch)
        for parcel in self._letters(batch):
            self._send(batch, parcel)
        self._record(batch)
        return taken

    def _take(self) -> _Batch | None:
        """Take what is due. A read comes first, so that idle workers never write."""
        with reading(self._context.engine) as connection:
            now = self._context.clock.now(connection)
            places = self._places(deliveries.paused(connection), now)
            if not places or not deliveries.any_due(connection, now, places):
                return None
        token = uuid4()
        taken = self._context.writer.submit_and_wait(TakeDeliveries(token, places, BATCH))
        return _Batch(token, {one.id: one for one in taken}) if taken else None

    def _places(self, paused: frozenset[str], now: datetime) -> Places:
        """The places of each chain whose channel takes letters now: awake, not paused by an operator, its breaker not
        open."""
        closed = paused | {name for name, breaker in self._breakers.items() if breaker.open}
        places = {}
        for kind, chain in self._chains.items():
            takes = [one.name for one in chain if one.name not in closed and one.awake(now)]
            if takes:
                begins, strays = chain[0].name in takes, deliveries.channel_at(chain, _NOWHERE).name in takes
                places[kind] = deliveries.Place([one.name for one in chain], takes, begins, strays)
        return places

    def _look_up(self, batch: _Batch) -> None:
        """Look up the letters that a channel may have: they are sent again only if it has not got them."""
        handed_over = [one for one in batch.open if one.handed_over]
        tell_of_opened(self._context, [(one, self._channel(one)) for one in handed_over])
        for delivery in handed_over:
            if not self._goes_on(batch) or delivery.id not in batch.deliveries:
                continue
            known = self._known(delivery)
            if isinstance(known, CannotTell):
                batch.resent.add(delivery.id)
            elif known is not None:
                batch.results[delivery.id] = known

    def _known(self, delivery: Delivery) -> Result | CannotTell | None:
        """Ask the channel for a letter that it may have. None: it has not got it, and gets it again."""
        channel = self._channel(delivery)
        call = partial(channel.look_up, delivery.id, delivery.handed_over_for)
        gone = delivery.next_channel not in (None, channel.name)  # the channel that may have it is in no chain any more
        known = CannotTell() if gone else self._ask(channel, call, asked=True)
        if known is None and delivery.attempts >= deliveries.ATTEMPTS:
            return Permanent(ATTEMPTS_SPENT)
        if isinstance(known, CannotTell) and delivery.resends > 0:
            return Permanent(OUTCOME_UNKNOWN)
        return known

    def _letters(self, batch: _Batch) -> list[Parcel]:
        """Write and keep the letters that the lease still covers. From here on a channel may have them."""
        by_email = {one.id for one in batch.open if self._channel(one).name == ChannelName.SMTP}
        tasks = collect_readable(self._context, batch.open, by_email)
        for unreadable in {one.id for one in batch.open} - {task.delivery.id for task in tasks}:
            del batch.deliveries[unreadable]  # it comes again when its lease has run out, until it is mended
        written = [one for task in tasks if self._goes_on(batch) and (one := self._write(batch, task)) is not None]
        if not written:
            return []
        ids = [one.parcel.delivery_id for one in written]
        rendered = {one.parcel.delivery_id: one.rendered for one in written if one.rendered is not None}
        channels = {one: self._channel(batch.deliveries[one]).name for one in ids if one in batch.deliveries}
        kept = self._context.writer.submit_and_wait(KeepLetters(batch.token, channels, rendered, batch.resent))
        batch.renewed_at = monotonic()
        batch.keep_only(kept.union(one.id for one in batch.open if one.id not in ids))
        failpoint("copy.rendered")
        return [one.parcel for one in written if one.parcel.delivery_id in kept]

    def _take_office_letters(self, batch: _Batch) -> None:
        """Check reservations again, under the landlords' locks, when letters to offices are taken (guarantee 4)."""
        asked = [one for one in batch.open if one.kind is DeliveryKind.OFFICE and not one.handed_over]
        if not asked or not self._goes_on(batch):
            return
        changes = [TakeOfficeLetter(self._context, batch.token, one) for one in asked]
        answers = self._context.writer.submit_all_and_wait(changes)
        for delivery, taken in zip(asked, answers, strict=True):
            if isinstance(taken, BaseException):  # it comes again when its lease has run out
                _log.error("letter_not_taken", delivery=str(delivery.id), error=type(taken).__name__)
            if taken is not True:
                batch.deliveries.pop(delivery.id, None)

    def _write(self, batch: _Batch, task: Task) -> Written | None:
        delivery_id = task.delivery.id
        try:
            written = write_letter(self._context, task)
        except Unwritable:
            batch.results[delivery_id] = NothingToSend()
        except OfficeUnknown:
            batch.results[delivery_id] = Waits(None)
        except Bounces:
            batch.results[delivery_id] = Permanent("test-person")
        except Exception as error:  # noqa: BLE001  (one letter that cannot be written stops no other)
            _log.error("letter_not_written", delivery=str(delivery_id), error=type(error).__name__)
            batch.results[delivery_id] = Retry()
        else:
            if written.replaced:
                batch.replaced.add(delivery_id)
            return written
        return None

    def _send(self, batch: _Batch, parcel: Parcel) -> None:
        delivery = batch.deliveries.get(parcel.delivery_id)
        if delivery is None or not self._goes_on(batch) or delivery.id not in batch.deliveries:
            return
        channel = self._channel(delivery)
        if self._breakers[channel.name].open:
            batch.results[delivery.id] = Waits(self._breakers[channel.name].rest)
            return
        sent = self._ask(channel, partial(channel.send, parcel))
        batch.results[delivery.id] = Unknown() if sent is None or isinstance(sent, CannotTell) else sent
        failpoint("copy.sent")

    def _ask(
        self, channel: Channel, call: Callable[[], Outcome | CannotTell | None], *, asked: bool = False
    ) -> Result | CannotTell | None:
        """Call a channel, and interpret its answer or its error. Only this function does.

        `asked`: the call sends nothing.
        """
        breaker = self._breakers[channel.name]
        try:
            outcome = call()
        except Exception as error:  # noqa: BLE001  (a channel's own fault: whether it sent is not known)
            _log.error("channel_failed", channel=channel.name, error=type(error).__name__)
            outcome = Unknown()
        if isinstance(outcome, SlowDown):
            wait = breaker.refused(outcome.after)
            _log.warning("channel_takes_nothing", channel=channel.name, seconds=round(wait.total_seconds()))
            return Waits(wait, may_have_arrived=asked)
        if not isinstance(outcome, Unknown):
            breaker.worked()
        return outcome

    def _channel(self, delivery: Delivery) -> Channel:
        return deliveries.channel_at(self._chains[delivery.kind], delivery.next_channel)

    def _after(self, delivery: Delivery) -> Sequence[Channel]:
        return deliveries.channels_after(self._chains[delivery.kind], self._channel(delivery))

    def _paper_after(self, delivery: Delivery) -> str | None:
        """Find the next channel that brings paper; None if this one does, or none is left."""
        on_paper = (one.name for one in self._after(delivery) if one.postal and not self._channel(delivery).postal)
        return next(on_paper, None)

    def _drop_opened(self, batch: _Batch) -> None:
        """Send no paper after a copy that its reader has opened."""
        planned = [one for one in batch.open if one.kind is DeliveryKind.COPY_AGAIN and not one.handed_over]
        for delivery, opened in opened_before(self._context, planned, self._chains).items():
            if opened is not False:
                batch.results[delivery] = NothingToSend(deliveries.OPENED) if opened else Waits(_NOT_TOLD)

    def _goes_on(self, batch: _Batch) -> bool:
        """Tell whether to begin another letter: not while stopping. Renews the lease before it grows old."""
        if self._stop is not None and self._stop.is_set():
            return False
        if monotonic() - batch.renewed_at > _RENEW_AFTER_SECONDS:
            # Those that are sent, too: until they are recorded another worker would take them for lost.
            ids = list(batch.deliveries)
            batch.keep_only(self._context.writer.submit_and_wait(RenewLease(batch.token, ids)))
            batch.renewed_at = monotonic()
        return True

    def _record(self, batch: _Batch) -> None:
        """Record the results, and return at no cost what a stop left undone."""
        changes = [
            RecordResult(
                context=self._context,
                token=batch.token,
                delivery=delivery,
                result=batch.results[delivery.id],
                channel=self._channel(delivery).name,
                following=next((one.name for one in self._after(delivery)), None),
                on_paper=self._paper_after(delivery),
                replaced=delivery.id in batch.replaced,
            )
            for delivery in batch.deliveries.values()
            if delivery.id in batch.results
        ]
        self._submit(changes)
        failpoint("copy.recorded")
        if undone := batch.open:
            # As they were taken: a letter that a channel may have had before, it may have still.
            untouched = [one.id for one in undone if not one.handed_over]
            self._context.writer.submit_and_wait(ReturnDeliveries(batch.token, [one.id for one in undone], untouched))

    def _submit(self, changes: Sequence[RecordResult]) -> None:
        """Submit the results together, for one transaction. A failed one is taken again when its lease has run out."""
        outcomes = self._context.writer.submit_all_and_wait(changes)
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                _log.error("result_not_recorded", delivery=str(change.delivery.id), error=type(outcome).__name__)
