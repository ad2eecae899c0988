"""Landlords: their locks, their suspension, and their registration in Enhetsregisteret.

The register is asked about several landlords together. Its answers are kept for a day and never waited for.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol

from varsling.domain.landlord import REFUSING, Registration
from varsling.landlords.enhetsregisteret import Enhetsregisteret
from varsling.landlords.locking import lock_free_landlords, lock_landlords, lock_new_landlord
from varsling.landlords.suspension import asked, resume, suspend, suspended
from varsling.landlords.tables import landlords
from varsling.lookup_cache import CachedLookup, Lifetime
from varsling.settings import Settings

__all__ = [
    "Landlords",
    "asked",
    "landlords",
    "lock_free_landlords",
    "lock_landlords",
    "lock_new_landlord",
    "resume",
    "suspend",
    "suspended",
]

# How long the answer to a call, and to a batch, waits for the register: its outage refuses and delays no call.
_SECONDS = 0.3
_BATCH_SECONDS = 3.0
_KEPT = Lifetime(timedelta(hours=24))
# A missing unit may be registered today, and a refusal must not outlive its reason. Silence refuses no landlord.
_REFUSAL_KEPT = Lifetime(timedelta(minutes=10), outlives_outage=False)


class Register(Protocol):
    def registration(self, number: str) -> Registration:
        """Find the registration of an organisation number. Raises NotAnswered."""

    def close(self) -> None: ...


class Landlords:
    """Registrations by organisation number, if a register is configured."""

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

    def must_ask(self, numbers: Collection[str | None]) -> bool:
        """Tell whether `registrations` would have to ask."""
        return self._answers is not None and self._answers.lacks({one for one in numbers if one is not None})

    def registrations(self, numbers: Collection[str | None]) -> Mapping[str | None, Registration]:
        """Give each registration; an unanswered one for persons, and for answers that did not come in time."""
        asked = {number for number in numbers if number is not None}
        if self._answers is None:
            return dict.fromkeys(numbers, Registration())
        found = self._answers.known(asked, _SECONDS if len(asked) == 1 else _BATCH_SECONDS)
        return {number: Registration() if number is None else found.get(number, Registration()) for number in numbers}


def _lifetime(registration: Registration) -> Lifetime:
    return _REFUSAL_KEPT if registration.standing in REFUSING else _KEPT
