"""The same under kills with every channel at once: Altinn, e-mail, a print house, and SvarUt to offices.

`make kill KILLS=200` kills fifty times here, with each database.
"""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cluster import run_cluster, until
from tests.kill.account import look, settle, unfinished
from tests.kill.senders import SENDERS, Sender
from tests.kill.test_kill import KILLS, Told, kill_all, sending
from tests.kill.ways import Ways
from tests.postgres import Server
from tests.service import settings_of
from varsling.client.api import Api
from varsling.demo.outside import played
from varsling.demo.samples import INTEGRATION, LANDLORD

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", ["postgresql", "sqlite"][: 1 if KILLS <= 50 else 2])
def test_kills_while_letters_go_each_way(
    own_server: Server, tmp_path: Path, database: str, record_property: Told
) -> None:
    url = f"sqlite:///{tmp_path}/varsling.db" if database == "sqlite" else own_server.url("postgres")
    keys = {"maskinporten_key_file": tmp_path / "maskinporten.json"}
    with played(settings_of(f"sqlite:///{tmp_path}/varsling.db", tmp_path, **keys), "http://varsel.example") as outside:
        settings = outside.environment | {
            "VARSLING_COPY_CHANNELS": "altinn,smtp,print",
            "VARSLING_MASKINPORTEN_KEY_FILE": str(keys["maskinporten_key_file"]),
        }
        with run_cluster(url, tmp_path, settings=settings) as cluster:
            ways = Ways(cluster, outside)
            ways.wait_for_morning()
            cluster.command("integrations", "grant", INTEGRATION, "--all")
            token = cluster.command("token", "landlord", "--organisation", LANDLORD)
            senders = [Sender(cluster.urls, token, letter) for letter in "abc"[:SENDERS]]
            chance = random.Random(9_11)
            with sending(senders):
                killed = kill_all(cluster, None, chance, KILLS // 8)
                # No integration has fetched anything: the notices go to their offices as letters too.
                ways.pass_time(timedelta(days=4))
                killed += kill_all(cluster, None, chance, KILLS // 8)
                until(cluster.up, "the processes did not come back")
            promises = [sender.promises for sender in senders]
            held = set().union(*(one.held for one in promises))
            with Api(cluster.urls[0], token) as api:
                ways.let_time_pass_until_all_is_out(lambda: unfinished(api, held))
            account = settle(look(cluster, token, held), promises, ways.settle())
            ways.close()
            record_property("account", f"killed: {killed.total()}. {account}")
