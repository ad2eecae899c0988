"""A print house's server, by SFTP with a key pair: one connection of the process, made anew after a fault."""

import contextlib
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from varsling.deliveries.channels.channel import ChannelRefuses
from varsling.deliveries.channels.print_places import LETTERS, RECEIPTS

if TYPE_CHECKING:
    import paramiko

_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A server. We prove ourselves by the private key in `key`; it by a host key that is in `known_hosts`."""

    host: str
    port: int
    user: str
    folder: str
    key: Path
    known_hosts: Path

    @classmethod
    def at(cls, url: str, key: Path, known_hosts: Path) -> "SftpServer":
        """Read `sftp://user@host:port/folder`."""
        parts = urlsplit(url)
        folder = unquote(parts.path).rstrip("/") or "."
        return cls(parts.hostname or "", parts.port or 22, unquote(parts.username or ""), folder, key, known_hosts)


class SftpPlace:
    """A `PrintPlace` on a server. Every fault of the connection is an OSError, as a disk's would be."""

    def __init__(self, server: SftpServer) -> None:
        self._server = server
        self._lock = threading.Lock()  # an SFTP session of paramiko is one thread's at a time
        self._client: paramiko.SSHClient | None = None
        self._session: paramiko.SFTPClient | None = None

    def put(self, folder: str, name: str, content: bytes) -> None:
        path, part = self._path(folder, name), self._path(folder, f".{name}.{secrets.token_hex(4)}.part")
        with self._open() as session:
            try:
                session.putfo(BytesIO(content), part)  # and asks its size
                _replace(session, part, path)
            except OSError:
                with contextlib.suppress(OSError):
                    session.remove(part)
                raise

    def found(self, folder: str, names: Iterable[str]) -> frozenset[str]:
        with self._open() as session:
            there = frozenset(name for name in names if _is_there(session, self._path(folder, name)))
            session.stat(self._path(folder))
            return there

    def names(self, folder: str) -> Sequence[str]:
        with self._open() as session:
            return session.listdir(self._path(folder))

    def rename(self, folder: str, name: str, new: str) -> None:
        with self._open() as session:
            _replace(session, self._path(folder, name), self._path(folder, new))

    def check(self) -> None:
        try:
            with self._open():
                pass
        except OSError as error:
            host = f"{self._server.host}:{self._server.port}"
            raise ChannelRefuses(
                f"{host} lets {self._server.user} not in ({error}): check the user, VARSLING_PRINT_SFTP_KEY_FILE,"
                " VARSLING_PRINT_SFTP_KNOWN_HOSTS and the network."
            ) from None
        for folder in (LETTERS, RECEIPTS):
            probe = f".check.{secrets.token_hex(4)}"
            try:
                self.put(folder, probe, b"")
                with self._open() as session:
                    session.remove(self._path(folder, probe))
            except OSError:
                path = self._path(folder)
                raise ChannelRefuses(f"The folder {path} there is missing, or takes no files from this user.") from None

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _path(self, *parts: str) -> str:
        return "/".join((self._server.folder, *parts))

    @contextlib.contextmanager
    def _open(self) -> Iterator["paramiko.SFTPClient"]:
        """Give the session to one thread. Raises OSError, and closes it after anything but a refused file."""
        with self._lock:
            try:
                yield self._session or self._connect()
            except (FileNotFoundError, PermissionError):
                raise
            except Exception as error:  # noqa: BLE001  (paramiko's errors have no common root; none leaves it usable)
                self._drop()
                raise OSError(type(error).__name__) from None

    def _connect(self) -> "paramiko.SFTPClient":
        import paramiko  # noqa: PLC0415  (heavy: only who has such a server loads it)

        server, client = self._server, paramiko.SSHClient()
        key = paramiko.PKey.from_path(server.key)
        self._client = client
        client.load_host_keys(str(server.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            server.host,
            server.port,
            server.user,
            pkey=key,
            timeout=_SECONDS,
            banner_timeout=_SECONDS,
            auth_timeout=_SECONDS,
            channel_timeout=_SECONDS,
            allow_agent=False,
            look_for_keys=False,
        )
        self._session = session = client.open_sftp()
        if (channel := session.get_channel()) is not None:
            channel.settimeout(_SECONDS)
        return session

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._session = None


def _is_there(session: "paramiko.SFTPClient", path: str) -> bool:
    try:
        session.stat(path)
    except FileNotFoundError:
        return False
    return True


def _replace(session: "paramiko.SFTPClient", path: str, new: str) -> None:
    """Rename over a former file, at once where the server can (`posix-rename@openssh.com`)."""
    try:
        session.posix_rename(path, new)
    except FileNotFoundError:
        raise
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            session.remove(new)
        session.rename(path, new)
