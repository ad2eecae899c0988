"""The outside systems of the demonstration, played beside it: a copy goes each way (`make run CHANNELS=all`)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from joserfc.jwk import RSAKey

from varsling import secret_files
from varsling.demo.samples import LANDLORD, NOT_AT_ALTINN
from varsling.domain.dates import oslo_hour
from varsling.maskinporten.service import SigningKeys
from varsling.settings import Settings
from varsling.simulators.altinn import AltinnSimulator
from varsling.simulators.idporten import IdPortenSimulator
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.print_house import PrintHouse
from varsling.simulators.serving import served
from varsling.simulators.smtp import SmtpSimulator
from varsling.simulators.svarut import SvarUtSimulator

_CLIENT, _RESOURCE, _INTEGRATION = "varsling-demo", "varsling-kopi", "integration"
_ACCOUNT = UUID("0193b6f1-7e1b-4a55-8f1d-5c0a6a1f00aa")
_SCOPES = frozenset({"altinn:correspondence.write", "altinn:events.subscribe", "altinn:serviceowner", "ks:fiks"})

_OF_ALL = {
    "OFFICE_CHANNELS": "svarut",
    "UNOPENED": "0",
    "MASKINPORTEN_CLIENT_ID": _CLIENT,
    "ALTINN_RESOURCE_ID": _RESOURCE,
    "SVARUT_ACCOUNT": str(_ACCOUNT),
    "SVARUT_INTEGRATION_ID": _INTEGRATION,
    "SMTP_HOST": "127.0.0.1",
    "SMTP_TLS": "none",
    "SMTP_SENDER": "brev@brev.example",
    "IDPORTEN_CLIENT_ID": _CLIENT,
}


@dataclass(slots=True)
class Outside:
    """The systems that are played, and the settings that lead to them, as the environment has them."""

    altinn: AltinnSimulator
    svarut: SvarUtSimulator
    mail: SmtpSimulator
    house: PrintHouse
    environment: dict[str, str]
    printed: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Tell which way the letters went since this start, and where they can be looked at."""
        mails = "\n".join(f"    {one.mail.get_content().splitlines()[1]}" for one in self.mail.taken)
        return (
            f"  Altinn put {len(self.altinn.messages)} into their readers' own inboxes\n"
            f"  e-mail announced {len(self.mail.taken)}{': the way to the letter' if mails else ''}\n"
            + (f"{mails}\n" if mails else "")
            + f"  the print house posted {len(self.printed)}, see {self.house.folder / 'letters'}\n"
            f"  SvarUt took {len(self.svarut.letters)} to offices"
        )


@contextmanager
def played(settings: Settings, url: str) -> Iterator[Outside]:
    """Play the systems until the end of the block, for a service at `url`."""
    keys = SigningKeys(settings.maskinporten_keys)
    if not settings.maskinporten_keys.exists():
        keys.add()
    registered = {key["kid"]: RSAKey.import_key(key) for key in keys.public()["keys"]}
    password = settings.state_folder / "svarut-password"
    secret_files.replace(password, b"demo")
    with ExitStack() as stack:
        maskinporten = MaskinportenSimulator({_CLIENT: Client(LANDLORD, registered, _SCOPES, _SCOPES)})
        stack.enter_context(served(maskinporten))
        altinn = AltinnSimulator(maskinporten.issuer, _RESOURCE)
        altinn.register.unknown |= NOT_AT_ALTINN
        svarut = SvarUtSimulator(maskinporten.issuer, _ACCOUNT, (_INTEGRATION, "demo"))
        idporten = IdPortenSimulator(_CLIENT, registered, f"{url}/t/login", f"{url}/t/logged-out")
        for simulator in (altinn, svarut, idporten):
            stack.enter_context(served(simulator))
        mail = SmtpSimulator()
        stack.enter_context(mail.served())
        house = PrintHouse(settings.state_folder / "print")
        given = {
            **_OF_ALL,
            "COPY_CHANNELS": _chain(),
            "MASKINPORTEN_ISSUER": maskinporten.issuer,
            "ALTINN_URL": altinn.origin,
            "SVARUT_URL": f"{svarut.origin}/api",
            "SVARUT_INTEGRATION_PASSWORD_FILE": str(password),
            "SMTP_PORT": str(mail.port),
            "PRINT_FOLDER": str(house.folder),
            "IDPORTEN_ISSUER": idporten.origin,
        }
        outside = Outside(altinn, svarut, mail, house, {f"VARSLING_{name}": value for name, value in given.items()})
        stack.enter_context(_working(house, outside.printed.append))
        yield outside


def _chain() -> str:
    """Name the chain: e-mail waits until 8 o'clock, and the story does not."""
    return "altinn,smtp,print" if 8 <= oslo_hour(datetime.now(UTC)) < 20 else "altinn,print"


@contextmanager
def _working(house: PrintHouse, told: Callable[[str], object]) -> Iterator[None]:
    """Let the print house work beside the caller."""
    stop = threading.Event()
    house.open()

    def work() -> None:
        while not stop.wait(0.2):
            for letter in house.work():
                told(letter)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
