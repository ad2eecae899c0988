"""Offices for the rest of the program: the register in force, and the answers of outside registers."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from time import monotonic

import sqlalchemy as sa

from varsling.database.engine import reading
from varsling.database.writer import Writer
from varsling.domain.dwelling import Dwelling
from varsling.domain.problems import Code
from varsling.lookup_cache import CachedLookup, Lifetime
from varsling.offices import store
from varsling.offices.addresses import Addresses, AddressQuestion, Located
from varsling.offices.areas import AreaOffices
from varsling.offices.kartverket import Kartverket
from varsling.offices.norg2 import Norg2
from varsling.offices.register import Office, Register, bundled
from varsling.offices.resolution import Asked, Resolution, address_question, resolve
from varsling.offices.status import register_status
from varsling.offices.store import KeepRenewal
from varsling.offices.sync import Difference, difference
from varsling.offices.views import dwelling_answer
from varsling.settings import Settings

__all__ = [
    "REFUSALS",
    "Difference",
    "KeepRenewal",
    "Norg2",
    "Office",
    "Offices",
    "Resolution",
    "difference",
    "dwelling_answer",
    "register_status",
]

# The codes under which a dwelling may be refused.
REFUSALS = (
    Code.NOT_A_STREET_ADDRESS,
    Code.UNKNOWN_POSTAL_CODE,
    Code.UNKNOWN_MUNICIPALITY,
    Code.MUNICIPALITY_SPLIT,
    Code.ADDRESS_CONFLICT,
    Code.DISTRICT_NEEDED,
    Code.OUTSIDE_NORWAY,
)

# How long a call (DESIGN § 2), a batch, and a worker wait for an address.
CALL_SECONDS = 0.3
BATCH_SECONDS = 3.0
WORKER_SECONDS = 5.0
_ADDRESS_KEPT = Lifetime(timedelta(hours=24))
# A street that was built or named today is not in the register yet.
_UNKNOWN_KEPT = Lifetime(timedelta(hours=1), outlives_outage=False)
_CLOSED_LOOKED_FOR_SECONDS = 3600.0
_OFFICE_KEPT = Lifetime(timedelta(hours=1))


class Offices:
    """The offices of one process. Its register is the bundled one with the newest renewal, as of the last `refresh`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._renewal = 0
        self._register: Register | None = None
        self._looked_for_closed: tuple[str, float] | None = None
        self._kartverket: Addresses | None = None
        self._addresses: CachedLookup[AddressQuestion, Located | None] | None = None
        if settings.kartverket_url is not None:
            self._kartverket = Kartverket(settings.kartverket_url, seconds=WORKER_SECONDS)
            self._addresses = CachedLookup("kartverket", self._kartverket.find, _address_kept)
        self._norg2: AreaOffices | None = None
        self._served: CachedLookup[str, Office | None] | None = None
        if settings.norg2_url is not None:
            self._norg2 = Norg2(settings.norg2_url, seconds=WORKER_SECONDS)
            self._served = CachedLookup("norg2", self._norg2.office_of, lambda _: _OFFICE_KEPT)

    def close(self) -> None:
        for answers in (self._addresses, self._served):
            if answers is not None:
                answers.close()
        for client in (self._kartverket, self._norg2):
            if client is not None:
                client.close()

    def refresh(self, engine: sa.Engine) -> None:
        """Take over a renewal that another process has made."""
        with reading(engine) as connection:
            self.take_over(connection)

    def take_over(self, connection: sa.Connection) -> None:
        """Take over a renewal that another process has made, on a connection that is open."""
        number = store.newest_number(connection)
        if number == self._renewal:
            return
        renewal = store.newest(connection)
        self._register = None if renewal is None else bundled().renewed(renewal)
        self._renewal = number

    @property
    def register(self) -> Register:
        """The register in force. It is read at the first use: not every command needs it."""
        return self._register or bundled()

    def office(self, number: str) -> Office | None:
        """Give the office with this number, in use or replaced."""
        return self.register.offices.get(number)

    @property
    def renews(self) -> bool:
        """Whether `renew` asks NORG2, and may have changed the register."""
        return self._served is not None

    @property
    def asks(self) -> bool:
        """Whether a register of addresses is configured."""
        return self._addresses is not None

    def may_have_closed(self) -> bool:
        """Tell whether offices may have closed since this was asked last: the register has changed, or an hour has
        passed, in which another process may have stored what it knew before."""
        now, version = monotonic(), self.register.version
        if self._looked_for_closed is not None:
            seen, at = self._looked_for_closed
            if seen == version and now - at < _CLOSED_LOOKED_FOR_SECONDS:
                return False
        self._looked_for_closed = version, now
        return True

    def ask(self, dwellings: Iterable[Dwelling], on: date) -> None:
        """Ask the register of addresses about all dwellings together, without waiting."""
        if self._addresses is not None:
            self._addresses.ask(self._questions(dwellings, on))

    def look_up(self, dwellings: Iterable[Dwelling], on: date, seconds: float = WORKER_SECONDS) -> None:
        """Ask, and wait at most so long for the answers. `resolve` uses the answers that came."""
        if self._addresses is not None:
            self._addresses.known(self._questions(dwellings, on), seconds)

    def must_ask(self, dwellings: Iterable[Dwelling], on: date) -> bool:
        """Tell whether `look_up` would have to ask."""
        return self._addresses is not None and self._addresses.lacks(self._questions(dwellings, on))

    def _questions(self, dwellings: Iterable[Dwelling], on: date) -> list[AddressQuestion]:
        asked = {address_question(self.register, dwelling, on) for dwelling in dwellings}
        return [question for question in asked if question is not None]

    def resolve(self, dwelling: Dwelling, on: date) -> Resolution:
        """Find the office of a dwelling on an Oslo date from the facts known now, without waiting."""
        register = self.register
        asked = self._asked(register, dwelling, on)
        return resolve(register, dwelling, on, self._settings.postal_code_districts, asked)

    def renew(self, writer: Writer, areas: Collection[str]) -> frozenset[str]:
        """Ask NORG2 for the offices of these areas, and keep the answers that differ from the register.

        Gives the areas without an office in NORG2. Such a loss is not kept: only a whole renewal, which measures
        losses, keeps it. Here a person decides.
        """
        if self._served is None:
            return frozenset()
        register = self.register
        answers = self._served.known(set(areas) - register.cities.keys(), WORKER_SECONDS)
        served = {area: office for area, office in answers.items() if office is not None}
        news = {area: office for area, office in served.items() if not _same(register.office_of.get(area), office)}
        if news:
            numbers = {area: office.number for area, office in news.items()}
            writer.submit_and_wait(store.KeepRenewal(numbers, {office.number: office for office in news.values()}))
        return frozenset(answers.keys() - served.keys())

    def _asked(self, register: Register, dwelling: Dwelling, on: date) -> Asked:
        if self._addresses is None or (question := address_question(register, dwelling, on)) is None:
            return Asked()
        known = self._addresses.remembered([question])
        if question not in known:
            return Asked(silent=True)
        located = known[question]
        # A municipality that our register lacks is newer than the register: the answer cannot be placed.
        return Asked(located if located is not None and located.municipality in register.municipalities else None)


def _same(known: Office | None, told: Office) -> bool:
    return known is not None and (known.number, known.name) == (told.number, told.name)


def _address_kept(located: Located | None) -> Lifetime:
    return _UNKNOWN_KEPT if located is None else _ADDRESS_KEPT
