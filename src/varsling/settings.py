"""All settings: from the environment (prefix `VARSLING_`), or from the TOML file that `VARSLING_CONFIG` names."""

import ipaddress
import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from varsling.domain.law import Rules
from varsling.domain.reservation import ReservationScope

SQLITE_DEFAULT = "sqlite:///var/varsling.db"


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


class Issuer(BaseModel):
    """A trusted issuer of access tokens: Maskinporten's `issuer` and `jwks_uri`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    jwks_url: str
    audience: str | None = None


class SettingsRefused(Exception):
    """Settings are missing or unsafe. The message has one line for each setting to change."""


def _no_trailing_slash(url: str) -> str:
    return url.rstrip("/")


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_no_trailing_slash)]
Channels = Annotated[tuple[Channel, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """The settings of one installation, by DESIGN's names, with their defaults."""

    model_config = SettingsConfigDict(env_prefix="VARSLING_", frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Environment = Environment.LOCAL
    database_url: str = SQLITE_DEFAULT
    public_url: Url = "http://127.0.0.1:8000"
    # The destination of "leave this page" on a tenant's page: a site that reveals nothing about the page.
    leave_url: Url = "https://www.yr.no"
    key_file: Path | None = None
    scope_prefix: str = "varsling:"
    issuers: tuple[Issuer, ...] = ()
    calls_per_minute: int = Field(600, gt=0)
    writer_queue: int = Field(2048, gt=0)

    copy_channels: Annotated[Channels, Field(min_length=1)] = (Channel.FOLDER,)
    # Empty: offices get no letters, and a notice to an office without an integration waits for one.
    office_channels: Channels = (Channel.FOLDER,)
    copy_folder: Path | None = None

    # data.brreg.no/enhetsregisteret/api; without it landlords are not looked up.
    enhetsregisteret_url: Url | None = None
    # ws.geonorge.no/adresser/v1; without it addresses are not looked up.
    kartverket_url: Url | None = None
    # NORG2's /norg2/api/v1, which Nav alone reaches; without it offices are as in the bundled register.
    norg2_url: Url | None = None
    # The per cent of known areas or offices that `registers sync` may lose.
    register_loss_limit: int = Field(10, ge=0, le=100)

    petition_rule: PetitionRule = PetitionRule.ENFORCE
    private_homes: PrivateHomes = PrivateHomes.ENFORCE
    ground_rule: GroundRule = GroundRule.PARALLEL
    reservation_scope: ReservationScope = ReservationScope.LANDLORD
    reservation_before_fetch: ReservationBeforeFetch = ReservationBeforeFetch.CLOSE
    joint_reservation: JointReservation = JointReservation.EXCLUDE
    postal_code_districts: PostalCodeDistricts = PostalCodeDistricts.ONE
    notice_limit: int = Field(3, gt=0)
    notice_limit_days: int = Field(180, gt=0)
    letter_received_after_days: int = Field(7, ge=0)
    integration_active_hours: int = Field(24, gt=0)
    idempotency_days: int = Field(30, gt=0)
    held_working_days: int = Field(5, gt=0)
    lapse_days: int = Field(90, gt=14)
    escalation: int = Field(2, gt=0)  # working days
    update_letter_days: int = Field(14, ge=0)

    # Nav's PDL (GraphQL), which tells whose address is protected. Without it no person counts as protected, and no
    # notice waits.
    pdl_url: str | None = None
    pdl_token_file: Path | None = None
    pdl_behandlingsnummer: str = ""
    # NORG2's number of the office for people whose address is protected (Nav Vikafossen).
    protected_office: str = "2103"

    operator_name: str = ""
    operator_kind: OperatorKind = OperatorKind.PRIVATE
    operator_address: str = ""
    operator_phone: str = ""
    operator_dpo_contact: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then the TOML file that VARSLING_CONFIG names, and no .env file."""
        del dotenv_settings, file_secret_settings
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        if file := os.environ.get("VARSLING_CONFIG"):
            sources += (TomlConfigSettingsSource(settings_cls, Path(file)),)
        return sources

    @property
    def local(self) -> bool:
        return self.environment is Environment.LOCAL

    @property
    def production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def state_folder(self) -> Path:
        """The folder of the installation's own files: beside an SQLite database, so that a copied folder is a second
        installation."""
        prefix, _, path = self.database_url.partition(":///")
        return Path(path).resolve().parent if prefix.startswith("sqlite") and path else Path("var").resolve()

    @property
    def keys(self) -> Path:
        return self.key_file or self.state_folder / "keys.json"

    @property
    def letters(self) -> Path:
        return self.copy_folder or self.state_folder / "letters"

    @property
    def rules(self) -> Rules:
        """The policies under which the law is applied."""
        return Rules(
            enforce_petition=self.petition_rule is PetitionRule.ENFORCE,
            sequential_ground=self.ground_rule is GroundRule.SEQUENTIAL,
            private_homes=self.private_homes is PrivateHomes.ENFORCE,
            synthetic_numbers=not self.production,
        )

    @property
    def active_for(self) -> timedelta:
        """How long a poll, or the grant itself, keeps an integration active (LAW: S for an office)."""
        return timedelta(hours=self.integration_active_hours)

    @property
    def must_be_read(self) -> str | None:
        """The office that an integration must read before streams reach any office: the protected one, with PDL."""
        return None if self.pdl_url is None else self.protected_office

    def checked(self, host: str | None = None) -> Self:
        """Give these settings, or raise SettingsRefused with every setting that is missing or unsafe for the
        environment."""
        faults = []
        if not self.database_url.startswith(("sqlite:///", "postgresql://")):
            faults.append("Set VARSLING_DATABASE_URL to sqlite:///<file> or postgresql://<host>/<name>.")
        if self.local and host is not None and not _loopback(host) and "environment" not in self.model_fields_set:
            faults.append(f"Refusing to listen on {host}: set VARSLING_ENVIRONMENT (local, test or production) first.")
        if self.production:
            faults += self._missing_in_production()
        if faults:
            raise SettingsRefused("\n".join(faults))
        return self

    def _missing_in_production(self) -> list[str]:
        faults = [
            f"Set VARSLING_{name.upper()}: the tenants' letters name it."
            for name in ("operator_name", "operator_address", "operator_phone", "operator_dpo_contact")
            if not getattr(self, name)
        ]
        if "operator_kind" not in self.model_fields_set:
            faults.append("Set VARSLING_OPERATOR_KIND (state, municipality or private): the legal basis follows it.")
        if not self.public_url.startswith("https://"):
            faults.append("Set VARSLING_PUBLIC_URL to an https address: tenants type it.")
        if not self.issuers:
            faults.append("Set VARSLING_ISSUERS: without a trusted issuer nobody can call.")
        if any(not issuer.jwks_url.startswith("https://") for issuer in self.issuers):
            faults.append("Set VARSLING_ISSUERS with https jwks_url addresses only.")
        if "database_url" not in self.model_fields_set:
            faults.append("Set VARSLING_DATABASE_URL: production names its database.")
        if self.key_file is None:
            faults.append("Set VARSLING_KEY_FILE: production names its key file, made by `varsling keys new`.")
        if self.copy_folder is None:
            faults.append("Set VARSLING_COPY_FOLDER: the folder that the printer takes letters from.")
        return faults


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings() -> Settings:
    """Load the installation's settings.

    Raises SettingsRefused with one line for each unreadable setting, without its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"VARSLING_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsRefused("\n".join(lines)) from None
