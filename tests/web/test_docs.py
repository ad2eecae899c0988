"""The developers' pages come from this process alone."""

import re

from tests.service import Service


def test_the_docs_load_nothing_from_elsewhere(service: Service) -> None:
    client = service.anonymous()
    page = client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(assets) == 3
    for address in assets:
        assert address.startswith("/docs/assets/")
        asset = client.get(address)
        assert asset.status_code == 200
        assert asset.headers["Content-Type"].partition(";")[0] in ("text/css", "text/javascript")
    assert '"/openapi.json"' in client.get("/docs/assets/start.js").text
    for address in ("/docs/assets/redoc.standalone.js", "/docs/assets/..%2f__init__.py"):
        assert client.get(address).status_code == 404


def test_the_public_keys_hold_nothing_private(service: Service) -> None:
    (key,) = service.anonymous().get("/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
