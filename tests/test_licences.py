"""Every package that the service runs on has a licence that lets anybody run, change and pass on the service."""

import re
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.txt"
# LGPL: psycopg, used as it is. MPL: certifi and its kin, used as they are.
FREE = re.compile(r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|Zlib|CC0|MPL|Mozilla|LGPL|Lesser")


def licence_of(package: PackageMetadata) -> str:
    told = [package["License-Expression"], *(package.get_all("Classifier") or [])]
    return " ".join(one for one in told if one and (one == told[0] or "License ::" in one)) or package["License"] or ""


def test_each_locked_package_has_a_free_licence() -> None:
    locked = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==\S+(?: *; *([^\\\n]*))?", LOCK.read_text(), re.MULTILINE)
    elsewhere = {name for name, where in locked if re.search(r"win32|pypy|<\s*'3\.11'|Windows|darwin", where)}
    named = {name for name, _ in locked} - elsewhere
    assert len(named) > 30
    licences = {name: licence_of(metadata(name)) for name in named}
    assert {name: told for name, told in licences.items() if not FREE.search(told)} == {}
