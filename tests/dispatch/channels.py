"""Channels for tests: they keep parcels and answer as the test says."""

from collections.abc import Callable
from datetime import datetime, timedelta

from varsling.context import Context
from varsling.deliveries.breaker import Breaker
from varsling.deliveries.channels.channel import CannotTell, Channel, Dispatched, Outcome, Parcel
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.dispatch.dispatcher import Dispatcher
from varsling.stopping import Stop

Answer = Callable[[Parcel], Outcome]


class ListChannel:
    """Keeps parcels in a list; `answer` gives each outcome, and `look_up` finds the kept ones, or answers `known`."""

    def __init__(
        self,
        name: str = "list",
        answer: Answer = lambda _: Dispatched(),
        *,
        postal: bool = True,
        prints_unread: bool = False,
        known: Callable[[], Outcome | CannotTell | None] | None = None,
    ) -> None:
        self.name = name
        self.postal = postal
        self.answer = answer
        self.known = known
        self.got: list[Parcel] = []
        self.prints_unread = prints_unread
        self.is_opened: bool | None = False
        self.read: list[tuple[DeliveryId, str]] = []

    def awake(self, now: datetime) -> bool:
        del now
        return True

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        del delivery_id
        return self.is_opened

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        self.read.append((delivery_id, national_id))

    def take_returns(self, take: Callable[[DeliveryId], object]) -> None:
        pass

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass

    def send(self, parcel: Parcel) -> Outcome:
        self.got.append(parcel)
        return self.answer(parcel)

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | CannotTell | None:
        if self.known is not None:
            return self.known()
        return Dispatched() if any(parcel.delivery_id == delivery_id for parcel in self.got) else None


def dispatcher(context: Context, *chain: Channel, stop: Stop | None = None) -> Dispatcher:
    """A worker that sends all letters through this chain."""
    breakers = {channel.name: Breaker() for channel in chain}
    return Dispatcher(context, dict.fromkeys(DeliveryKind, chain), breakers, stop)


def work(dispatcher: Dispatcher) -> None:
    while dispatcher.step():
        pass
