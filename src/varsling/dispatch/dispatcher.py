"""The worker's way of a letter: claim, look up, take, write, keep, hand over, record.

Each step leaves the database such that a worker that dies in it is followed by one that ends the work: a claim runs
out, a kept letter is not rendered again, and what a channel may have had is looked up before it is sent (guarantee 6).
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from uuid import UUID, uuid4

import structlog

from varsling.context import Context
from varsling.database.engine import reading
from varsling.database.pauses import pause
from varsling.deliveries import leases, service
from varsling.deliveries.breaker import Breaker
from varsling.deliveries.channels.chains import Chains
from varsling.deliveries.channels.channel import Channel, Outcome, Parcel, Permanent, Retry, SlowDown, Unknown
from varsling.deliveries.leases import Claim, GiveBack, KeepLetters, Renew
from varsling.deliveries.store import Delivery, DeliveryId, DeliveryKind
from varsling.dispatch.assembly import Task, Written, lay_out, write_letter
from varsling.dispatch.compose import Bounces, OfficeUnknown, Unwritable
from varsling.dispatch.outcomes import NothingToSend, RecordResult, Result, TakeOfficeLetter, Waits

BATCH = 32
# A third of a lease: no single step takes as long as the rest of it.
_RENEW_AFTER_SECONDS = leases.LEASE.total_seconds() / 3

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Batch:
    """What one pass holds under one lease; `results` fills as it goes, and what is left out of it is given back."""

    token: UUID
    deliveries: dict[DeliveryId, Delivery]
    results: dict[DeliveryId, Result] = field(default_factory=dict)
    replaced: set[DeliveryId] = field(default_factory=set)
    renewed_at: float = field(default_factory=monotonic)

    @property
    def open(self) -> list[Delivery]:
        return [one for one in self.deliveries.values() if one.id not in self.results]

    def keep_only(self, held: frozenset[DeliveryId]) -> None:
        """Drop what another worker has, or a cancellation took back."""
        for lost in [one.id for one in self.open if one.id not in held]:
            del self.deliveries[lost]


class Dispatcher:
    """Sends what is due through the chains. One for each thread of a process; they share the breakers."""

    def __init__(
        self, context: Context, chains: Chains, breakers: Mapping[str, Breaker], stop: threading.Event | None = None
    ) -> None:
        self._context = context
        self._chains = chains
        self._breakers = breakers
        self._stop = stop or threading.Event()

    def step(self) -> int:
        """Take one batch of what is due the whole way; how many deliveries it was."""
        batch = self._claim()
        if batch is None:
            return 0
        claimed = len(batch.deliveries)
        pause("copy.claimed")
        self._look_up(batch)
        self._take_office_letters(batch)
        for parcel in self._letters(batch):
            self._send(batch, parcel)
        self._record(batch)
        return claimed

    def _claim(self) -> _Batch | None:
        """What is due; a read comes first, so that idle workers never write."""
        with reading(self._context.engine) as connection:
            places = self._places(service.paused(connection))
            now = self._context.clock.now(connection)
            if not places or not leases.any_due(connection, now, places):
                return None
        token = uuid4()
        claimed = self._context.writer.submit_and_wait(Claim(token, places, BATCH))
        return _Batch(token, {one.id: one for one in claimed}) if claimed else None

    def _places(self, paused: frozenset[str]) -> leases.Places:
        """Where a channel takes letters now: neither paused by an operator nor behind an open breaker."""
        closed = paused | {name for name, breaker in self._breakers.items() if breaker.open}
        places = {
            kind: [index for index, channel in enumerate(chain) if channel.name not in closed]
            for kind, chain in self._chains.items()
        }
        return {kind: indexes for kind, indexes in places.items() if indexes}

    def _look_up(self, batch: _Batch) -> None:
        """What may have been handed over before is sent again only where the channel has not got it."""
        for delivery in batch.open:
            if not delivery.handed_over or not self._goes_on(batch) or delivery.id not in batch.deliveries:
                continue
            channel = self._channel(delivery)
            known = self._ask(channel, partial(channel.look_up, delivery.id), asked=True)
            if known is not None:
                batch.results[delivery.id] = known

    def _letters(self, batch: _Batch) -> list[Parcel]:
        """The letters of what is still ours: written and kept, and from here on perhaps with a channel."""
        tasks = lay_out(self._context, batch.open)
        written = [one for task in tasks if self._goes_on(batch) and (one := self._write(batch, task)) is not None]
        if not written:
            return []
        ids = [one.parcel.delivery_id for one in written]
        encrypted = {one.parcel.delivery_id: one.encrypted for one in written if one.encrypted is not None}
        kept = self._context.writer.submit_and_wait(KeepLetters(batch.token, ids, encrypted))
        batch.renewed_at = monotonic()
        batch.keep_only(kept.union(one.id for one in batch.open if one.id not in ids))
        pause("copy.rendered")
        return [one.parcel for one in written if one.parcel.delivery_id in kept]

    def _take_office_letters(self, batch: _Batch) -> None:
        """Reservations are checked again, under the landlord's lock, when an office's letter is taken (guarantee 4)."""
        for delivery in batch.open:
            if delivery.kind is not DeliveryKind.OFFICE or delivery.handed_over or not self._goes_on(batch):
                continue
            if not self._context.writer.submit_and_wait(TakeOfficeLetter(self._context, batch.token, delivery)):
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
        batch.results[delivery.id] = sent or Unknown()
        pause("copy.sent")

    def _ask(self, channel: Channel, call: Callable[[], Outcome | None], *, asked: bool = False) -> Result | None:
        """Here and nowhere else: what each kind of error of a channel means. `asked`: the call sends nothing."""
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
        chain = self._chains[delivery.kind]
        return chain[min(delivery.channel_index, len(chain) - 1)]

    def _goes_on(self, batch: _Batch) -> bool:
        """Whether to begin another letter: not while stopping; the lease is renewed before it grows old."""
        if self._stop.is_set():
            return False
        if monotonic() - batch.renewed_at > _RENEW_AFTER_SECONDS:
            ids = [one.id for one in batch.open]
            batch.keep_only(self._context.writer.submit_and_wait(Renew(batch.token, ids)))
            batch.renewed_at = monotonic()
        return True

    def _record(self, batch: _Batch) -> None:
        """Record what has a result; give back at no cost what a stop left undone."""
        changes = [
            RecordResult(
                context=self._context,
                token=batch.token,
                delivery=delivery,
                result=batch.results[delivery.id],
                channel=self._channel(delivery).name,
                last=delivery.channel_index + 1 >= len(self._chains[delivery.kind]),
                replaced=delivery.id in batch.replaced,
            )
            for delivery in batch.deliveries.values()
            if delivery.id in batch.results
        ]
        asyncio.run(self._submit(changes))
        pause("copy.recorded")
        if undone := batch.open:
            # As claimed: what a channel may have had before, it may have still.
            untouched = [one.id for one in undone if not one.handed_over]
            self._context.writer.submit_and_wait(GiveBack(batch.token, [one.id for one in undone], untouched))

    async def _submit(self, changes: Sequence[RecordResult]) -> None:
        """All at once, for one transaction. One that fails is claimed again when its lease has run out."""
        outcomes = await asyncio.gather(
            *(self._context.writer.submit(change) for change in changes), return_exceptions=True
        )
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                _log.error("result_not_recorded", delivery=str(change.delivery.id), error=type(outcome).__name__)
