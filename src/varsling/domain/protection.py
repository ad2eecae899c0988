"""Whether the person register protects a person's address (adressesperre, "code 6" and "code 7")."""

from enum import StrEnum


class Protection(StrEnum):
    """`strict` is code 6, also abroad: a separate office gets notices about her. `confidential` is code 7."""

    NONE = "none"
    CONFIDENTIAL = "confidential"
    STRICT = "strict"
