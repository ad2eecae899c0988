"""The caller, as a verified token describes it (CONTRACT § Who calls)."""

from dataclasses import dataclass
from enum import StrEnum

AGENT_SCOPE = "notices.agent"


class Mode(StrEnum):
    DIRECT = "direct"
    DELEGATED = "delegated"
    """The landlord delegated the scope to a supplier in Altinn."""
    SYSTEM_USER = "system_user"
    """The landlord gave rights to a vendor's system."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated organisation. Scopes are without the installation's prefix.

    `acting` sends, and answers for its submissions. `landlord` is the landlord that the token names. With a power of
    attorney (`agent`) the body names the landlord instead.
    """

    acting: str
    landlord: str
    mode: Mode
    scopes: frozenset[str]

    @property
    def agent(self) -> bool:
        return AGENT_SCOPE in self.scopes

    @property
    def own_landlord(self) -> str | None:
        """The landlord whose every notice this principal reads and changes: the principal itself, or None."""
        return self.landlord if self.mode is Mode.DIRECT else None

    def may_submit_for(self, landlord_organisation: str | None) -> bool:
        """Tell whether the body may name this landlord. None is a person, who needs a power of attorney."""
        return self.agent or landlord_organisation == self.landlord
