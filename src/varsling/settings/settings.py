"""The settings of an installation, put together and checked."""

import ipaddress
import os
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, TomlConfigSettingsSource

from varsling.domain.policies import Environment, GroundRule, LoginLevel, NoTitle, PetitionRule, PrivateHomes, Rules
from varsling.settings.channels import ChannelSettings
from varsling.settings.parts import Issuer, SettingsRefused, Url
from varsling.settings.policies import PolicySettings

SQLITE_DEFAULT = "sqlite:///var/varsling.db"


class Settings(ChannelSettings, PolicySettings):
    """The settings of one installation, by DESIGN's names, with their defaults."""

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
    """The trusted issuers of tokens, as JSON: `[{"issuer": "https://maskinporten.no/", "jwks_url":
    "https://maskinporten.no/jwk", "audience": "…"}]`, `audience` where tokens have one; in `local` and `test` the
    development issuer is trusted too."""
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

    idporten_issuer: Url = ""
    """`https://idporten.no`: tenants can log in to their page, and see and do more there. Without it they cannot."""
    idporten_client_id: str = ""
    """The client's id at Digdir. It uses the keys of `varsling keys maskinporten`."""
    idporten_level: LoginLevel = LoginLevel.HIGH
    """The least level of a login: `high` (BankID and its like), or `substantial` (MinID too)."""

    enhetsregisteret_url: Url | None = None
    """`https://data.brreg.no/enhetsregisteret/api`: landlords are looked up there. Its silence refuses no landlord."""
    kartverket_url: Url | None = None
    """`https://ws.geonorge.no/adresser/v1`: where a house stands. Asked by street, number and postal code alone."""
    norg2_url: Url | None = None
    """NORG2's `…/norg2/api/v1`, from within Nav: the office of an area, asked at the first copy of each notice."""
    register_loss_limit: int = Field(10, ge=0, le=100)
    """The per cent of areas or offices that `registers sync` may lose; a larger loss is refused."""

    pdl_url: str | None = None
    """Nav's PDL: whose address is protected. Publication waits for its answer, and streams reach offices only while an
    integration reads the protected office's."""
    pdl_token_file: Path | None = None
    """The file with PDL's bearer token, which another program renews."""
    pdl_behandlingsnummer: str = ""
    """The number of the processing that PDL demands."""
    protected_office: str = "2103"
    """The office that gets the notices about people with a strictly protected address. Only Nav sees it."""

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
        return Path("var").resolve() if self.database_file is None else self.database_file.resolve().parent

    @property
    def database_file(self) -> Path | None:
        """The database's file, if it has one."""
        prefix, _, path = self.database_url.partition(":///")
        return Path(path) if prefix.startswith("sqlite") and path else None

    @property
    def keys(self) -> Path:
        return self.key_file or self.state_folder / "keys.json"

    @property
    def maskinporten_keys(self) -> Path:
        return self.maskinporten_key_file or self.state_folder / "maskinporten.json"

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

    def checked(self, host: str | None = None, *, sends: bool = True) -> Self:
        """Give these settings, or raise SettingsRefused with every setting that is missing or unsafe for the
        environment. Who sends no letter (`sends`) does not need the folder for them."""
        faults = []
        if not self.database_url.startswith(("sqlite:///", "postgresql://")):
            faults.append("Set VARSLING_DATABASE_URL to sqlite:///<file> or postgresql://<host>/<name>.")
        if self.local and host is not None and not _loopback(host) and "environment" not in self.model_fields_set:
            faults.append(f"Refusing to listen on {host}: set VARSLING_ENVIRONMENT (local, test or production) first.")
        faults += self.faults_of_channels(production=self.production, local=self.local or not sends)
        faults += self._faults_of_pdl()
        if self.idporten_issuer and not self.idporten_client_id:
            faults.append("Set VARSLING_IDPORTEN_CLIENT_ID: the client at ID-porten has it.")
        if self.production:
            faults += self._missing_in_production()
        if faults:
            raise SettingsRefused("\n".join(faults))
        return self

    def _faults_of_pdl(self) -> list[str]:
        """Tell what PDL lacks: half of it would tell nobody that an address is protected."""
        names = ("pdl_url", "pdl_token_file", "pdl_behandlingsnummer")
        lacking = [name for name in names if not getattr(self, name)]
        if len(lacking) == len(names):
            return []
        missing = " and ".join(f"VARSLING_{name.upper()}" for name in lacking)
        return [f"Set {missing}: PDL is asked with URL, token and behandlingsnummer, or not at all."]

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
        if self.idporten_issuer and not self.idporten_issuer.startswith("https://"):
            faults.append("Set VARSLING_IDPORTEN_ISSUER to an https address.")
        if any(not issuer.jwks_url.startswith("https://") for issuer in self.issuers):
            faults.append("Set VARSLING_ISSUERS with https jwks_url addresses only.")
        if "database_url" not in self.model_fields_set:
            faults.append("Set VARSLING_DATABASE_URL: production names its database.")
        if self.key_file is None:
            faults.append("Set VARSLING_KEY_FILE: production names its key file, made by `varsling keys new`.")
        return faults


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
