"""Whether the population register protects where somebody lives (adressesperre, "code 6" and "code 7")."""

from enum import StrEnum


class Protection(StrEnum):
    """`strict` is code 6, abroad included: her notices go to an office of its own. `confidential` is code 7."""

    NONE = "none"
    CONFIDENTIAL = "confidential"
    STRICT = "strict"
