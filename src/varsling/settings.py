"""All settings: from the environment (prefix `VARSLING_`), or from the TOML file that `VARSLING_CONFIG` names."""

import ipaddress
import os
from datetime import timedelta
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

from varsling.domain.policies import (
    Channel,
    Environment,
    GroundRule,
    JointReservation,
    NoTitle,
    OperatorKind,
    PetitionRule,
    PostalCodeDistricts,
    PrivateHomes,
    ReservationBeforeFetch,
    Rules,
)
from varsling.domain.reservation import ReservationScope

SQLITE_DEFAULT = "sqlite:///var/varsling.db"


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

    model_config = SettingsConfigDict(
        env_prefix="VARSLING_",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    environment: Environment = Environment.LOCAL
    """`local` listens on loopback only; `test`; `production` takes real identity numbers only."""
    database_url: str = SQLITE_DEFAULT
    """Or `postgresql://…`, version 14 or newer."""
    public_url: Url = "http://127.0.0.1:8000"
    """The address in letters and problems; in `local` the address that it listens on."""
    leave_url: Url = "https://www.yr.no"
    """The destination of "leave this page" on a tenant's page: a site that reveals nothing about the page."""
    key_file: Path | None = None
    """The file of every secret of the installation, by default beside the database; `varsling keys new` makes one."""
    scope_prefix: str = "varsling:"
    """What the scopes of tokens begin with."""
    issuers: tuple[Issuer, ...] = ()
    """The trusted issuers of tokens; in `local` and `test` the development issuer is trusted too."""
    calls_per_minute: int = Field(600, gt=0)
    """The limit of calls of an organisation, in one process."""
    calls_per_minute_without_token: int = Field(300, gt=0)
    """The limit of calls without a valid token from one address (IPv6: one /64), pages included, in one process."""
    connections: int = Field(2000, gt=0)
    """The limit of connections of one process, where its limit of open files allows as many; more are refused."""
    proxy_header: str | None = None
    """The header in which the proxy in front gives the caller's address: the last one in it counts. The proxy must
    overwrite or append to what callers send. Without it the address of the connection counts."""
    token_lifetime_minutes: int = Field(120, gt=0)
    """The longest life of a token that is taken."""
    writer_queue: int = Field(2048, gt=0)
    """How many changes may wait for the writer of one process."""

    copy_channels: Annotated[Channels, Field(min_length=1)] = (Channel.FOLDER,)
    """The chain of channels for letters to tenants and landlords."""
    office_channels: Channels = (Channel.FOLDER,)
    """The chain for letters to offices. Empty: a notice to an office without an integration waits for one."""
    copy_folder: Path | None = None
    """The folder of the folder channel, by default `letters` beside the database."""

    enhetsregisteret_url: Url | None = None
    """`https://data.brreg.no/enhetsregisteret/api`: landlords are looked up there. Its silence refuses no landlord."""
    kartverket_url: Url | None = None
    """`https://ws.geonorge.no/adresser/v1`: where a house stands. Asked by street, number and postal code alone."""
    norg2_url: Url | None = None
    """NORG2's `…/norg2/api/v1`, from within Nav: the office of an area, asked at the first copy of each notice."""
    register_loss_limit: int = Field(10, ge=0, le=100)
    """The per cent of areas or offices that `registers sync` may lose; a larger loss is refused."""

    petition_rule: PetitionRule = PetitionRule.ENFORCE
    """A petition date that no reading allows is refused, or (`remark`) pointed out."""
    private_homes: PrivateHomes = PrivateHomes.ENFORCE
    """Whether other premises than homes, public landlords and companies as tenants are refused."""
    no_title: NoTitle = NoTitle.REFUSE
    """A notice that there is no tenancy at all is refused, or (`accept`) taken."""
    ground_rule: GroundRule = GroundRule.PARALLEL
    """The § 4-18 period runs beside the notice's, or (`sequential`) before it."""
    reservation_scope: ReservationScope = ReservationScope.LANDLORD
    """A reservation holds for every lease with the landlord, or (`lease`) for its own alone."""
    reservation_window_days: int = Field(0, ge=0, le=7)
    """Days between the last copy and the first publication, in which a paper letter can be answered."""
    reservation_before_fetch: ReservationBeforeFetch = ReservationBeforeFetch.CLOSE
    """A reservation closes a published notice that no reader has fetched, or (`stand`) lets it stand."""
    joint_reservation: JointReservation = JointReservation.EXCLUDE
    """One of several tenants has reserved: the notice goes for the others, or (`block`) stops."""
    postal_code_districts: PostalCodeDistricts = PostalCodeDistricts.ONE
    """How certain a postal code's district must be before it decides the office."""
    notice_limit: int = Field(3, gt=0)
    """New notices of a landlord about one tenant within `NOTICE_LIMIT_DAYS`."""
    notice_limit_days: int = Field(180, gt=0)
    """See `NOTICE_LIMIT`."""
    letter_received_after_days: int = Field(7, ge=0)
    """When a letter to an office counts as received without a confirmation."""
    integration_active_hours: int = Field(24, gt=0)
    """How long a poll keeps an integration active."""
    idempotency_days: int = Field(30, gt=0)
    """How long an idempotency key gives the first answer again."""
    held_working_days: int = Field(5, gt=0)
    """How long a notice waits for a person before it is blocked."""
    lapse_days: int = Field(90, gt=14)
    """How long after the recommended date a notice without an update lapses."""
    escalation: int = Field(2, gt=0)
    """Working days until a notice that no integration has fetched goes to the office by letter too."""
    update_letter_days: int = Field(14, ge=0)
    """The age of a tenant's last copy at which an update goes to her, and with it to the office."""

    pdl_url: str | None = None
    """Nav's PDL: whose address is protected. Publication waits for its answer, and streams reach offices only while an
    integration reads the protected office's."""
    pdl_token_file: Path | None = None
    """The file with PDL's bearer token, which another program renews."""
    pdl_behandlingsnummer: str = ""
    """The number of the processing that PDL demands."""
    protected_office: str = "2103"
    """The office that gets the notices about people with a strictly protected address. Only Nav sees it."""

    operator_name: str = ""
    """The sender of the letters; production must set it."""
    operator_kind: OperatorKind = OperatorKind.PRIVATE
    """`state`, `municipality` or `private`: the legal basis follows it; production must set it."""
    operator_address: str = ""
    """The operator's postal address; production must set it."""
    operator_phone: str = ""
    """A number that tenants can ring; production must set it."""
    operator_dpo_contact: str = ""
    """The data protection officer's address; production must set it."""

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
            no_title=self.no_title is NoTitle.ACCEPT,
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
        if self.proxy_header is None:
            faults.append(
                "Set VARSLING_PROXY_HEADER (X-Forwarded-For): production stands behind a proxy that ends TLS and tells"
                " who calls."
            )
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
