"""A real mail server on loopback: Debian's Exim, with an encrypted port, mailboxes, and bounces of its own."""

import contextlib
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.cluster import until

USER = "Debian-exim"
# What a server does with a message before it says whether it takes it.
FAILS = "defer message = Try again later"
LOOKS_LONG = 'warn condition = ${{run{{/bin/sh -c "until test -e {folder}/free; do sleep 0.05; done"}}{{0}}{{0}}}}'
CONFIG = """
primary_hostname = mail.example
domainlist local_domains = mail.example : brev.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
pid_file_path = {folder}/exim.pid
tls_advertise_hosts = *
tls_certificate = {folder}/chain.pem
tls_privatekey = {folder}/key.pem
dsn_advertise_hosts = *
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
queue_only = false
host_lookup =
rfc1413_hosts =

begin acl
check_rcpt:
  require encrypted = *
  accept
check_data:
  {at_data}
  accept

begin routers
known:
  driver = accept
  domains = +local_domains
  local_parts = kari : brev
  transport = maildir

begin transports
maildir:
  driver = appendfile
  directory = {folder}/mail/$local_part_data
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
  user = Debian-exim

begin retry
* * F,1h,1m
"""


@contextlib.contextmanager
def exim(folder: Path, chain: Path, key: Path, at_data: str = "") -> Iterator[int]:
    """Serve with this certificate; mail to known people lies in `mail/<name>` below the folder. Gives the port.

    `at_data` makes another server of it: one that fails, or one that looks long until the file `free` is there.
    """
    folder.mkdir()
    for part in ("spool", "log", "mail"):
        (folder / part).mkdir()
    for file, name in ((chain, "chain.pem"), (key, "key.pem")):
        shutil.copy(file, folder / name)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    config = folder / "exim.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, at_data=at_data.format(folder=folder)))
    _owned(folder)
    process = subprocess.Popen(["exim4", "-C", str(config), "-bdf", "-q1m"], stderr=subprocess.PIPE)
    try:
        until(lambda: _listens(port), "Exim to listen")
        yield port
    finally:
        process.terminate()
        process.communicate()


def _owned(folder: Path) -> None:
    """Give everything but the configuration to Exim's user, and let it through the folders above."""
    entry = pwd.getpwnam(USER)
    for path in (folder, *folder.rglob("*")):
        if path.suffix != ".conf":
            shutil.chown(path, entry.pw_uid, entry.pw_gid)
    for above in folder.parents:
        if str(above).startswith("/tmp"):  # noqa: S108  (pytest's own folders, closed to others)
            above.chmod(above.stat().st_mode | 0o011)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
