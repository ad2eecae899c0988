"""What the worker knows of a channel: it takes a parcel and says how that went."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from varsling.deliveries.store import DeliveryId, DeliveryKind


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter with what a channel needs to deliver it, and nothing that the letter's reader was not told.

    `delivery_id` is the channel's key against sending twice. `address` is the name and the lines below it. `code` and
    `link` are of the reader's page, where the letter has one. The two numbers are an office's.
    """

    delivery_id: DeliveryId
    kind: DeliveryKind
    language: str
    address: tuple[str, ...]
    pdf: bytes
    code: str | None = None
    link: str | None = None
    office_number: str | None = None
    organisation_number: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatched:
    """It is on its way to the reader. `confirmation` is the channel's own reference, kept as evidence."""

    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitsConfirmation:
    """The channel has it and will confirm the dispatch; ask again."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The channel has had it before: as good as dispatched."""

    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """This letter failed and may do better later; an attempt is spent. The channel is sure not to have it."""


@dataclass(frozen=True, slots=True)
class SlowDown:
    """The channel takes nothing now, from nobody: it is down, full, or asks for patience. No attempt is spent.

    `after` is how long it asked for; None leaves that to the breaker.
    """

    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """This channel will never deliver this letter: the next one may. `reason` is a code of the channel's."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost: it may have been taken. It is looked up before it is sent again."""


Outcome = Dispatched | AwaitsConfirmation | Duplicate | Retry | SlowDown | Permanent | Unknown


class Channel(Protocol):
    """One way out. Both calls return within ten seconds and raise nothing that they can name as an outcome."""

    @property
    def name(self) -> str: ...

    @property
    def postal(self) -> bool:
        """Whether it brings paper to an address: the way that is left when another has failed (LAW, case 6)."""

    def send(self, parcel: Parcel) -> Outcome:
        """Hand it over; the same delivery id a second time changes nothing."""

    def look_up(self, delivery_id: DeliveryId) -> Outcome | None:
        """What became of one that may have been handed over; None where the channel never got it."""
