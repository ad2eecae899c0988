"""Runs the whole application behind real HTTP in a test, over a given database, with tokens from its own issuer."""

import asyncio
import functools
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
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


class _Given(Settings):
    """Settings that are given and read from nowhere: to look for each in the environment takes a quarter of a start."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def settings_of(database_url: str, folder: Path, **changes: Any) -> Settings:
    """Settings of an installation whose files lie in `folder`."""
    given: dict[str, Any] = {
        "environment": Environment.TEST,
        "database_url": database_url,
        "key_file": folder / "keys.json",
        "copy_folder": folder / "letters",
        "calls_per_minute": 100_000,
        "calls_per_minute_without_token": 100_000,
    }
    return _Given(**given | changes)


class QuickServer(Server):
    """A server that stops at once: uvicorn's own stop sleeps twice 0.1 s, and thousands of tests stop one."""

    async def main_loop(self) -> None:
        await self.on_tick(0)
        while not self.should_exit:  # noqa: ASYNC110  (the flag is the server's own, and set from another thread)
            await asyncio.sleep(0.005)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.state.stopping.set()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.tasks:  # noqa: ASYNC110  (as above)
            await asyncio.sleep(0.005)
        await self.lifespan.shutdown()


@functools.cache
def _routes() -> list[BaseRoute]:
    """Share the routes between applications: FastAPI builds them at the first call, and they are equal for all
    settings."""
    return create_app(Settings(environment=Environment.TEST)).router.routes


class Service:
    """A server in a thread. `context` is the application's own: a test that writes through it writes as the server."""

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
        """A client of a landlord's system, with its own token, one delegated to `supplier`, or a system user's."""
        return self.client(organisation, LANDLORD_SCOPES, supplier=supplier, system_vendor=system_vendor)

    def agent(self, organisation: str = AGENT) -> httpx.Client:
        """A client of an agent with powers of attorney; the body names the landlord."""
        return self.client(organisation, AGENT_SCOPES)

    def nav(self, organisation: str = NAV) -> httpx.Client:
        """A client of a NAV integration; its grants decide which notices it sees."""
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
