"""The questions to a register of offices, and their answers."""

from collections.abc import Mapping
from typing import Protocol

from varsling.offices.register import Office


class AreaOffices(Protocol):
    def office_of(self, area: str) -> Office | None:
        """Find the office in use that serves a municipality or district; None if there is none.

        Raises NotAnswered.
        """

    def offices(self) -> Mapping[str, Office]:
        """Give all offices in use, by number. Raises NotAnswered."""

    def close(self) -> None: ...
