"""A running service for tests: the whole app behind real HTTP, over a given database, with tokens of its own issuer."""

import asyncio
import functools
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from starlette.routing import BaseRoute

from tests.contract import only_codes_that_are_listed
from varsling.access.issuer import AGENT_SCOPES, LANDLORD_SCOPES, NAV_SCOPES, mint
from varsling.app.app import create_app
from varsling.app.server import Server, listen
from varsling.context import Context
from varsling.domain.policies import Environment
from varsling.http import tls
from varsling.settings import Settings

LANDLORD = "311758489"
AGENT = "313367002"
OTHER_LANDLORD = "310332712"
NAV = "310702641"


def settings_of(database_url: str, folder: Path, **changes: Any) -> Settings:
    """The settings of an installation whose files lie in `folder`."""
    given: dict[str, Any] = {
        "environment": Environment.TEST,
        "database_url": database_url,
        "key_file": folder / "keys.json",
        "copy_folder": folder / "letters",
        "calls_per_minute": 100_000,
    }
    return Settings(**given | changes)


class QuickServer(Server):
    """The server, which stops at once: thousands of tests stop one, and uvicorn's own way sleeps twice 0.1 s."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110  (the flag is the server's own, and set from another thread)
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.stopping.set()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await self.lifespan.shutdown()


@functools.cache
def _routes() -> list[BaseRoute]:
    """The app's routes, which FastAPI builds at the first call of each app: they are the same for all settings."""
    return create_app(Settings(environment=Environment.TEST)).router.routes


class Service:
    """A server in a thread. `context` is the app's own: what a test writes through it, the server wrote."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = create_app(settings)
        self.app.router.routes[:] = _routes()
        self.server = QuickServer(self.app)
        self._socket = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self.server.run, args=([self._socket],), name="service", daemon=True)
        self._clients: list[httpx.Client] = []

    def start(self) -> None:
        self._thread.start()
        pause = threading.Event()
        give_up_at = time.monotonic() + 60
        while not self.server.started:
            if not self._thread.is_alive() or time.monotonic() > give_up_at:
                raise RuntimeError("the service did not start")
            pause.wait(0.005)

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._socket.close()

    @property
    def context(self) -> Context:
        context: Context = self.app.state.context
        return context

    def landlord(
        self, organisation: str = LANDLORD, *, supplier: str | None = None, system_vendor: str | None = None
    ) -> httpx.Client:
        """A landlord's system: its own token, one delegated to `supplier`, or a system user's of a vendor."""
        return self.client(organisation, LANDLORD_SCOPES, supplier=supplier, system_vendor=system_vendor)

    def agent(self, organisation: str = AGENT) -> httpx.Client:
        """One with powers of attorney: any landlord, named in the body."""
        return self.client(organisation, AGENT_SCOPES)

    def nav(self, organisation: str = NAV) -> httpx.Client:
        """A NAV integration; what it may see is what it was granted."""
        return self.client(organisation, NAV_SCOPES)

    def client(self, organisation: str, scopes: Iterable[str], **token: Any) -> httpx.Client:
        minted = mint(self.context.keyring, self.settings, organisation=organisation, scopes=scopes, **token)
        return self.with_token(minted)

    def anonymous(self) -> httpx.Client:
        return self._kept({})

    def with_token(self, token: str) -> httpx.Client:
        return self._kept({"Authorization": f"Bearer {token}"})

    def _kept(self, headers: dict[str, str]) -> httpx.Client:
        hooks = {"response": [only_codes_that_are_listed]}
        client = httpx.Client(
            base_url=self.url, headers=headers, timeout=60, verify=tls(), trust_env=False, event_hooks=hooks
        )
        self._clients.append(client)
        return client
