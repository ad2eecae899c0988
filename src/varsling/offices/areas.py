"""What a register of offices is asked, and what it answers."""

from collections.abc import Mapping
from typing import Protocol

from varsling.offices.register import Office


class AreaOffices(Protocol):
    def office_of(self, area: str) -> Office | None:
        """The office in use that serves a municipality or district; None where there is none.

        Raises NotAnswered.
        """

    def offices(self) -> Mapping[str, Office]:
        """All offices that are in use, by number. Raises NotAnswered."""

    def close(self) -> None: ...
