"""Letters to a print house by a real OpenSSH server: none is lost, and none is printed twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deliveries.sshd import Sshd, sshd
from tests.dispatch.notices import accept, body, deliveries_of, grant, later
from varsling.context import Context
from varsling.domain.lifecycle import CopyStatus
from varsling.simulators.print_house import PrintHouse
from varsling.worker import run_until_idle


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    (tmp_path / "ssh").mkdir()
    with sshd(tmp_path / "ssh") as server:
        PrintHouse(server.house).open()
        yield server


def test_a_notice_goes_the_whole_way(server: Sshd, new_context: Callable[..., Context]) -> None:
    context = new_context(
        copy_channels=["print"],
        print_sftp=server.url,
        print_sftp_key_file=server.key,
        print_sftp_known_hosts=server.known_hosts,
    )
    grant(context)
    (notice_id,) = accept(context, body())
    run_until_idle(context)
    assert len([*PrintHouse(server.house).work()]) == 1
    later(context, seconds=3600)
    run_until_idle(context)
    (copy,) = deliveries_of(context, notice_id)
    assert (copy.status, copy.channel) == (CopyStatus.DISPATCHED, "print")
