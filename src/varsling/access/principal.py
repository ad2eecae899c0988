"""Who calls, as a verified token says it (CONTRACT § Who calls)."""

from dataclasses import dataclass
from enum import StrEnum

AGENT_SCOPE = "notices.agent"


class Mode(StrEnum):
    DIRECT = "direct"
    DELEGATED = "delegated"
    """A supplier to whom the landlord delegated the scope in Altinn."""
    SYSTEM_USER = "system_user"
    """A vendor's system that the landlord gave rights of its own."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated organisation. Scopes are without the installation's prefix.

    `acting` sends and is answerable for what it sent; `landlord` is whom the token lets it send for. With a power of
    attorney (`agent`) the landlord stands in the body instead.
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
        """The landlord all of whose notices this principal reads and changes, whoever sent them: itself alone."""
        return self.landlord if self.mode is Mode.DIRECT else None

    def may_submit_for(self, landlord_organisation: str | None) -> bool:
        """Whether the body may name this landlord; None is a person, who needs a power of attorney."""
        return self.agent or landlord_organisation == self.landlord
