"""The actors whom the audit trail names."""

from enum import StrEnum

from varsling.domain.office import OfficeNumber


class Actor(StrEnum):
    """The parts of varsling, and the people who act without an organisation number."""

    SYSTEM = "varsling"
    WORKER = "worker"
    OPERATOR = "operator"
    TENANT = "tenant"
    OFFICE = "office"
    """A person at a NAV office, by the code on a letter; `at_office` names the office."""

    @classmethod
    def at_office(cls, number: OfficeNumber | str | None) -> str:
        return f"{cls.OFFICE}:{number}"
