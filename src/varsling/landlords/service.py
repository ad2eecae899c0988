"""Landlords: their locks, who is suspended, and what Enhetsregisteret knows of them.

The register is asked about several landlords together. Its answers are kept for a day and never waited for.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request

from varsling.domain.landlord import REFUSING, Registration
from varsling.landlords.enhetsregisteret import Enhetsregisteret
from varsling.landlords.locking import lock_landlords, lock_new_landlords
from varsling.landlords.suspension import resume, suspend, suspended
from varsling.landlords.tables import landlords
from varsling.lookup_cache import CachedLookup, Lifetime
from varsling.settings import Settings

__all__ = [
    "Landlords",
    "LandlordsOf",
    "landlords",
    "landlords_of",
    "lock_landlords",
    "lock_new_landlords",
    "resume",
    "suspend",
    "suspended",
]

# The answers to a call wait so long for the register, and to a batch: an outage refuses and delays nobody.
_SECONDS = 0.3
_BATCH_SECONDS = 3.0
_KEPT = Lifetime(timedelta(hours=24))
# What is not there may be registered today; a refusal must not outlive its reason for long, and silence never refuses.
_REFUSAL_KEPT = Lifetime(timedelta(minutes=10), outlives_outage=False)


class Register(Protocol):
    def registration(self, number: str) -> Registration:
        """What is registered of the organisation number. Raises NotAnswered."""

    def close(self) -> None: ...


class Landlords:
    """Registrations by organisation number, from the register where one is configured."""

    def __init__(self, register: Register | None) -> None:
        self._register = register
        self._answers = CachedLookup("enhetsregisteret", register.registration, _lifetime) if register else None

    @classmethod
    def of(cls, settings: Settings) -> "Landlords":
        url = settings.enhetsregisteret_url
        return cls(None if url is None else Enhetsregisteret(url, seconds=_BATCH_SECONDS))

    def close(self) -> None:
        if self._answers is not None:
            self._answers.close()
        if self._register is not None:
            self._register.close()

    def registrations(self, numbers: Collection[str | None]) -> Mapping[str | None, Registration]:
        """The registration of each; `unanswered` for persons, and for what is not known in time."""
        asked = {number for number in numbers if number is not None}
        if self._answers is None:
            return dict.fromkeys(numbers, Registration.UNANSWERED)
        found = self._answers.known(asked, _SECONDS if len(asked) == 1 else _BATCH_SECONDS)
        return {
            number: Registration.UNANSWERED if number is None else found.get(number, Registration.UNANSWERED)
            for number in numbers
        }


def _lifetime(registration: Registration) -> Lifetime:
    return _REFUSAL_KEPT if registration in REFUSING else _KEPT


def landlords_of(request: Request) -> Landlords:
    landlords: Landlords = request.app.state.landlords
    return landlords


LandlordsOf = Annotated[Landlords, Depends(landlords_of)]
