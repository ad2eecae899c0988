"""Protected addresses, asked about before a publication and used there alone."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol

from varsling.domain.protection import Protection
from varsling.lookup_cache import CachedLookup, Lifetime
from varsling.protection.pdl import Pdl
from varsling.settings import Settings

_SECONDS = 5.0
# Protection may begin today: no answer is old when it is used, and none outlives the register's silence.
_LIFETIME = Lifetime(timedelta(minutes=1), outlives_outage=False)


class Register(Protocol):
    def protection(self, national_id: str) -> Protection:
        """Find how strictly this person's address is protected. Raises NotAnswered."""

    def close(self) -> None: ...


class Protections:
    """Protections for one process. Without a register no person counts as protected, and no notice waits."""

    def __init__(self, register: Register | None) -> None:
        self._register = register
        self._answers = CachedLookup("pdl", register.protection, lambda _: _LIFETIME) if register else None

    @classmethod
    def of(cls, settings: Settings) -> "Protections":
        if settings.pdl_url is None:
            return cls(None)
        return cls(
            Pdl(
                settings.pdl_url,
                token_file=settings.pdl_token_file,
                basis=settings.pdl_behandlingsnummer,
                seconds=_SECONDS,
            )
        )

    def close(self) -> None:
        if self._answers is not None:
            self._answers.close()
        if self._register is not None:
            self._register.close()

    @property
    def asks(self) -> bool:
        """Whether a register is configured, whose answer publications wait for."""
        return self._answers is not None

    def of_numbers(self, numbers: Collection[str]) -> Mapping[str, Protection]:
        """Give the answers that came. Each number is asked about in a call of its own, in every case."""
        return {} if self._answers is None else self._answers.known(numbers, _SECONDS)
