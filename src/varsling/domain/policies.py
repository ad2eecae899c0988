"""The choices of an installation: its environment, its operator, and the policies of LAW and DESIGN."""

from dataclasses import dataclass
from enum import StrEnum


class Environment(StrEnum):
    LOCAL = "local"
    TEST = "test"
    PRODUCTION = "production"


class PetitionRule(StrEnum):
    """The effect of a planned petition date that no reading of the two weeks allows (husleieloven § 9-11: "bør")."""

    ENFORCE = "enforce"
    REMARK = "remark"


class GroundRule(StrEnum):
    """Whether the § 4-18 warning's two weeks may run beside those of the notice (tvangsfullbyrdelsesloven § 4-18)."""

    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"


class NoTitle(StrEnum):
    """Whether a notice may state that there is no tenancy at all (§ 13-2 e), which § 9-11 barely covers."""

    REFUSE = "refuse"
    ACCEPT = "accept"


class PrivateHomes(StrEnum):
    """Whether notices about other premises than homes, from public landlords, or about companies are refused."""

    ENFORCE = "enforce"
    OFF = "off"


class ReservationBeforeFetch(StrEnum):
    CLOSE = "close"
    STAND = "stand"


class JointReservation(StrEnum):
    EXCLUDE = "exclude"
    BLOCK = "block"


class PostalCodeDistricts(StrEnum):
    """How certain a postal code's district must be in the four cities before it decides the office."""

    ONE = "one"
    MOSTLY = "mostly"
    NEVER = "never"


class OperatorKind(StrEnum):
    STATE = "state"
    MUNICIPALITY = "municipality"
    PRIVATE = "private"


class Channel(StrEnum):
    """A way in which a letter reaches its reader. In production the folder belongs to a printer."""

    FOLDER = "folder"
    ALTINN = "altinn"
    SVARUT = "svarut"
    SMTP = "smtp"
    PRINT = "print"

    @property
    def postal(self) -> bool:
        """Whether the channel brings paper to an address."""
        return self in (Channel.FOLDER, Channel.SVARUT, Channel.PRINT)


ON_PAPER = frozenset(one.value for one in Channel if one.postal)
"""The names of the channels that bring paper, also of those that are in no chain any more."""


class LoginLevel(StrEnum):
    """The least level of a tenant's login by ID-porten: `substantial` is MinID too, `high` BankID and its like."""

    SUBSTANTIAL = "substantial"
    HIGH = "high"


class PrintReceipt(StrEnum):
    """The print house's receipt at which a letter counts as dispatched."""

    PRINTED = "printed"
    POSTED = "posted"


class Envelope(StrEnum):
    """The window envelope in which letters go: C5 (folded once) or E65 (110 × 220 mm, folded twice)."""

    C5 = "C5"
    E65 = "E65"


class PrintSides(StrEnum):
    DUPLEX = "duplex"
    SIMPLEX = "simplex"


class MailTls(StrEnum):
    """How the connection to the mail server is encrypted. `none` is for tests alone."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies that decide between a fault and a remark, and the kind of identity numbers that the environment
    accepts."""

    enforce_petition: bool = True
    sequential_ground: bool = False
    private_homes: bool = True
    no_title: bool = False
    synthetic_numbers: bool = True
