"""The protocol of channels: a channel takes a parcel and tells the outcome."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.domain.notice import PostalAddress


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a letter goes to, by each way that the landlord's side or the register of offices gave.

    A tenant's `national_id` opens her own digital inbox and is shown to nobody.
    """

    name: str
    postal: PostalAddress | None = None
    national_id: str | None = None
    email: str | None = None
    organisation_number: str | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter with the data that a channel needs to deliver it, and no other.

    `delivery_id` is the channel's key against sending twice. `address` is the name and the lines below it, as printed.
    `code` and `link` belong to the reader's page, if the letter prints one; `page` is where she can read it with a code
    that she has.
    """

    delivery_id: DeliveryId
    kind: DeliveryKind
    language: str
    to: Addressee
    address: tuple[str, ...]
    pdf: bytes
    code: str | None = None
    link: str | None = None
    page: str | None = None
    office_number: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatched:
    """The letter is on its way to the reader. `confirmation` is the channel's own reference, kept as evidence."""

    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitsConfirmation:
    """The channel has the letter and will confirm the dispatch: ask again, not before `after`. `reference` is its own
    name of the letter, by which it may tell of it sooner."""

    after: timedelta | None = None
    reference: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The channel has had the letter before: as good as dispatched."""

    confirmation: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """The letter failed and may succeed later. It costs an attempt. The channel certainly does not have it.

    `reason` is a code of the channel, as in all outcomes.
    """

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SlowDown:
    """The channel takes no letter now: it is down, full, or asks for patience. It costs no attempt.

    `after` is the wait that it asked for; None leaves the wait to the breaker.
    """

    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """This channel will never deliver the letter; the next one may."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost: the channel may have the letter. It is looked up, not before `after`, and sent again only if
    the channel has not got it."""

    reason: str | None = None
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The channel keeps no account of letters (SMTP). It gets the letter once more, and that is counted."""


class ChannelRefuses(Exception):
    """The channel would take no letter now. The message is one line that says why, and what to do."""


Outcome = Dispatched | AwaitsConfirmation | Duplicate | Retry | SlowDown | Permanent | Unknown


class Channel(Protocol):
    """One way out. Both calls return within ten seconds, and raise nothing that an outcome can express."""

    @property
    def name(self) -> str: ...

    @property
    def postal(self) -> bool:
        """Whether the channel brings paper to an address: the way that is left when another fails (LAW, case 6)."""

    @property
    def prints_unread(self) -> bool:
        """Whether the channel puts a letter into an inbox first, and prints it if it stays unread there."""

    def awake(self, now: datetime) -> bool:
        """Whether the channel sends at this hour. Its letters wait until it does."""

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """Tell whether a dispatched letter was opened where the channel put it; None if that cannot be told now."""

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Tell that the reader has read the letter on her page, so that nothing is printed needlessly."""

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """Hand over the letters that came back to the channel, each until it is taken. Raises OSError."""

    def check(self) -> None:
        """Prove that the channel would take a letter, as far as that can be without sending one. Raises
        ChannelRefuses."""

    def close(self) -> None:
        """Let go of connections. Nothing is sent afterwards."""

    def send(self, parcel: Parcel) -> Outcome:
        """Hand a letter over. The same delivery id a second time changes nothing."""

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | CannotTell | None:
        """Tell the outcome of a letter that may have been handed over, `since` ago; None if the channel never got
        it."""
