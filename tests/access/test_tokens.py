"""Wrong tokens all get the same 401, which does not say what was wrong."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.access.maskinporten import ISSUER, Key, Maskinporten, actor, claims_of, encoded
from tests.cluster import until
from tests.service import AGENT, LANDLORD, Service, settings_of
from varsling.access import jwks, tokens
from varsling.access.principal import Mode, Principal
from varsling.access.token_claims import TokenRefused, principal_of
from varsling.settings import Issuer


def head(service: Service, token: str) -> httpx.Response:
    """Ask the route that needs the least: the head of the caller's own stream."""
    return service.with_token(token).get("/v1/feed/head", headers={"Accept-Language": "en"})


def test_a_token_of_maskinportens_is_believed(trusting: Service, key: Key) -> None:
    for algorithm in ("RS256", "RS384", "RS512"):
        assert head(trusting, key.token(claims_of(LANDLORD), {"alg": algorithm})).status_code == 200


def wrong_claims() -> dict[str, dict[str, Any]]:
    now = int(time.time())
    details = [{"type": "urn:altinn:systemuser", "systemuser_org": actor(LANDLORD)}]
    return {
        "issuer without its slash": {"iss": ISSUER.rstrip("/")},
        "another issuer": {"iss": "https://maskinporten.no/"},
        "no issuer": {"iss": None},
        "issuer that is a list": {"iss": [ISSUER]},
        "expired": {"exp": now - 31},
        "no expiry": {"exp": None},
        "expiry that is text": {"exp": "tomorrow"},
        "expiry that is true": {"exp": True},
        "not yet valid": {"nbf": now + 45},
        "made in the future": {"iat": now + 45},
        "another kind of token": {"token_type": "DPoP"},
        "no kind": {"token_type": None},
        "no consumer": {"consumer": None},
        "consumer that is text": {"consumer": f"0192:{LANDLORD}"},
        "consumer of another register": {"consumer": {"authority": "iso6523-actorid-upis", "ID": f"0007:{LANDLORD}"}},
        "consumer by another authority": {"consumer": {"authority": "somebody", "ID": f"0192:{LANDLORD}"}},
        "consumer with a wrong check digit": {"consumer": actor("311758488")},
        "consumer with a line break": {"consumer": actor(f"{LANDLORD}\n")},
        "no scope": {"scope": None},
        "scope that is a list": {"scope": ["varsling:feed"]},
        "supplier without the delegation": {"supplier": actor(AGENT)},
        "delegation without a supplier": {"delegation_source": "https://tt02.altinn.no/"},
        "supplier and system user at once": {
            "supplier": actor(AGENT),
            "delegation_source": "https://tt02.altinn.no/",
            "authorization_details": details,
        },
        "system user of nobody": {"authorization_details": [{"type": "urn:altinn:systemuser"}]},
        "system users of two": {"authorization_details": [*details, *details]},
        "other details": {"authorization_details": [{"type": "urn:other", "systemuser_org": actor(LANDLORD)}]},
        "details that are no list": {"authorization_details": details[0]},
        "no details": {"authorization_details": []},
    }


def test_wrong_claims_are_refused(trusting: Service, key: Key) -> None:
    tokens = {why: key.token(claims_of(LANDLORD, **changes)) for why, changes in wrong_claims().items()}
    all_refused(trusting, tokens)


WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "no algorithm": {"alg": ""},
    "public key as a secret": {"alg": "HS256"},
    "a fine algorithm that is not this issuer's": {"alg": "PS256"},
    "the development issuer's algorithm": {"alg": "ES256"},
    "algorithm that is a list": {"alg": ["RS256"]},
    "an unknown key": {"kid": "nobody"},
    "no key": {"kid": None},
    "critical extension": {"crit": ["exp"], "exp": 1},
    "critical, unencoded payload": {"crit": ["b64"], "b64": False},
    "unencoded payload": {"b64": False},
    "a key brought along": {"jwk": Key("brought", 1024).jwk()},
    "an address of keys": {"jku": "http://127.0.0.1:1/jwk"},
    "an address of a certificate": {"x5u": "http://127.0.0.1:1/x5u"},
    "a certificate brought along": {"x5c": ["MIIB"]},
    "a member that nobody knows": {"zip": "DEF"},
}


def test_wrong_headers_are_refused(trusting: Service, key: Key) -> None:
    all_refused(trusting, {why: key.token(claims_of(LANDLORD), header) for why, header in WRONG_HEADERS.items()})


def broken_tokens(key: Key, other_key: Key) -> dict[str, str]:
    good = key.token(claims_of(LANDLORD))
    first, claims, signature = good.split(".")
    elsewhere = Key(key.key_id)  # a different key under the same id
    return {
        "signed by another": elsewhere.token(claims_of(LANDLORD)),
        "signed by a key not listed": other_key.token(claims_of(LANDLORD)),
        "claims changed": f"{first}.{encoded(json.dumps(claims_of(AGENT)).encode())}.{signature}",
        "signature cut": f"{first}.{claims}.{signature[:-8]}",
        "no signature": f"{first}.{claims}.",
        "two parts": f"{first}.{claims}",
        "five parts": f"{good}.a.b",
        "no JSON": f"{encoded(b'x')}.{claims}.{signature}",
        "claims that are a list": f"{first}.{encoded(b'[]')}.{signature}",
        "claims of no UTF-8": f"{first}.{encoded(bytes([0xFF]))}.{signature}",
        "text": "token",
        "very long": f"{first}.{'A' * 20_000}.{signature}",
    }


def test_broken_tokens_are_refused(trusting: Service, key: Key, other_key: Key) -> None:
    all_refused(trusting, broken_tokens(key, other_key))


def test_no_token_is_refused(trusting: Service) -> None:
    for header in ("", "Bearer", "Basic dXNlcjpwYXNz", "token", "Bearer a b"):
        answer = trusting.anonymous().get("/v1/feed/head", headers={"Authorization": header} if header else {})
        assert (header, answer.status_code) == (header, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def all_refused(service: Service, tokens: Mapping[str, str]) -> None:
    answers = {why: head(service, token) for why, token in tokens.items()}
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(tokens, 401)
    for answer in answers.values():
        refused(answer)


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    problem = answer.json()
    assert problem["code"] == "unauthenticated"
    # Every reason gives the same words and nothing beside them.
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "trace_id"}
    assert problem["errors"] == []
    assert problem["title"] == "Not signed in"


def test_a_clock_that_is_some_seconds_off_is_forgiven(trusting: Service, key: Key) -> None:
    now = int(time.time())
    assert head(trusting, key.token(claims_of(LANDLORD, iat=now + 8, nbf=now + 8))).status_code == 200
    assert head(trusting, key.token(claims_of(LANDLORD, exp=now - 2))).status_code == 200
    refused(head(trusting, key.token(claims_of(LANDLORD, iat=now + 20))))
    refused(head(trusting, key.token(claims_of(LANDLORD, exp=now - 11))))


def test_a_token_that_lives_longer_than_maskinportens_is_refused(
    new_service: Callable[..., Service], maskinporten: Maskinporten, key: Key
) -> None:
    now = int(time.time())
    issuers = (Issuer(issuer=ISSUER, jwks_url=maskinporten.url),)
    for minutes, service in (
        (120, new_service(issuers=issuers)),
        (10, new_service(issuers=issuers, token_lifetime_minutes=10)),
    ):
        seconds = 60 * minutes
        for claims in ({"iat": now, "exp": now + seconds}, {"iat": None, "exp": now + seconds}):
            assert head(service, key.token(claims_of(LANDLORD, **claims))).status_code == 200
        for claims in (
            {"iat": now, "exp": now + seconds + 1},
            {"iat": None, "exp": now + seconds + 60},
            {"iat": now - seconds, "exp": now + 60},
        ):
            refused(head(service, key.token(claims_of(LANDLORD, **claims))))


def test_a_token_without_the_scope_is_known_but_not_admitted(trusting: Service, key: Key) -> None:
    for scope in ("", "other:feed", "feed", "varsling:notices.write", "varsling:feeds"):
        answer = head(trusting, key.token(claims_of(LANDLORD, scope)))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="varsling:feed"'


@pytest.mark.parametrize(
    ("audience", "status"),
    [("https://varsling.example", 200), (["a", "https://varsling.example"], 200), ("unspecified", 401), (None, 401)],
)
def test_where_an_audience_is_set_only_its_tokens_count(
    new_service: Callable[..., Service], maskinporten: Maskinporten, key: Key, audience: Any, status: int
) -> None:
    issuer = Issuer(issuer=ISSUER, jwks_url=maskinporten.url, audience="https://varsling.example")
    service = new_service(issuers=(issuer,))
    assert head(service, key.token(claims_of(LANDLORD, aud=audience))).status_code == status


def test_the_development_issuer_is_none_in_production(
    service: Service, new_service: Callable[..., Service], sqlite_url: str, tmp_path: Any
) -> None:
    client = service.landlord()
    assert client.get("/v1/feed/head").status_code == 200
    production = new_service(environment="production", public_url="https://varsling.example")
    token = client.headers["Authorization"].removeprefix("Bearer ")
    assert head(production, token).status_code == 401
    assert production.anonymous().get("/.well-known/jwks.json").json() == {"keys": []}


def test_a_token_of_another_installation_is_refused(service: Service, tmp_path: Path) -> None:
    other = Service(settings_of(f"sqlite:///{tmp_path}/other/varsling.db", tmp_path / "other"))
    other.start()
    try:
        token = other.landlord().headers["Authorization"].removeprefix("Bearer ")
    finally:
        other.stop()
    assert head(service, token).status_code == 401


def test_who_calls() -> None:
    """CONTRACT § Who calls: the four modes."""
    scopes = "varsling:notices.write varsling:notices.agent other:thing"
    system_user = [{"type": "urn:altinn:systemuser", "systemuser_org": actor(LANDLORD, "id")}]
    delegated = {"supplier": actor(AGENT), "delegation_source": "https://www.altinn.no"}

    direct = principal_of(claims_of(AGENT, scopes), "varsling:")
    assert direct == Principal(AGENT, AGENT, Mode.DIRECT, frozenset({"notices.write", "notices.agent"}))
    assert direct.agent
    assert direct.may_submit_for(LANDLORD)
    assert direct.may_submit_for(None)
    assert direct.own_landlord == AGENT

    own = frozenset({"notices.write"})  # a power of attorney belongs to the consumer, never to its supplier
    supplier = principal_of(claims_of(LANDLORD, scopes, **delegated), "varsling:")
    assert supplier == Principal(AGENT, LANDLORD, Mode.DELEGATED, own)
    vendor = principal_of(claims_of(AGENT, scopes, authorization_details=system_user), "varsling:")
    assert vendor == Principal(AGENT, LANDLORD, Mode.SYSTEM_USER, own)
    for principal in (supplier, vendor):
        assert principal.may_submit_for(LANDLORD)
        assert not principal.may_submit_for(AGENT)
        assert not principal.may_submit_for(None)
        assert principal.own_landlord is None


def test_a_refusal_says_nothing() -> None:
    with pytest.raises(TokenRefused) as refusal:
        principal_of(claims_of("311758488"), "varsling:")
    assert str(refusal.value) == ""
    assert refusal.value.__suppress_context__


def test_a_new_key_is_fetched_when_it_appears(
    trusting: Service, maskinporten: Maskinporten, key: Key, other_key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 200
    assert len(maskinporten.calls) == 1
    maskinporten.keys = [other_key.jwk()]
    assert head(trusting, other_key.token(claims_of(LANDLORD))).status_code == 401  # asked a moment ago, so not again
    assert len(maskinporten.calls) == 1
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    assert head(trusting, other_key.token(claims_of(LANDLORD))).status_code == 200
    assert len(maskinporten.calls) == 2
    assert head(trusting, key.token(claims_of(AGENT))).status_code == 401  # the issuer withdrew the key


def test_what_was_verified_counts_no_longer_than_its_key(
    trusting: Service, maskinporten: Maskinporten, key: Key, other_key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    kept, lost = other_key.token(claims_of(AGENT)), key.token(claims_of(LANDLORD))
    maskinporten.keys = [key.jwk(), other_key.jwk()]
    assert [head(trusting, token).status_code for token in (lost, kept)] == [200, 200]
    maskinporten.keys = [other_key.jwk()]
    assert head(trusting, key.token(claims_of(LANDLORD), {"kid": "new"})).status_code == 401  # this fetches the keys
    assert [head(trusting, token).status_code for token in (lost, kept)] == [401, 200]


def test_what_was_verified_is_verified_again_after_five_minutes(
    trusting: Service, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    token = key.token(claims_of(LANDLORD, iat=int(now), exp=int(now) + 3600))
    assert head(trusting, token).status_code == 200
    verified: list[str] = []
    checked = tokens._signed_by

    def signed_by(token: str, key: jwks.PublicKey, algorithms: tuple[str, ...]) -> bool:
        verified.append(token)
        return checked(token, key, algorithms)

    monkeypatch.setattr(tokens, "_signed_by", signed_by)
    for seconds, times in ((299, 0), (301, 1)):
        monkeypatch.setattr("varsling.access.tokens.time.time", lambda seconds=seconds: now + seconds)
        assert head(trusting, token).status_code == 200
        assert len(verified) == times


def test_a_key_set_that_is_too_large_or_too_slow_is_none(
    trusting: Service, maskinporten: Maskinporten, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FETCH_SECONDS", 0.3)
    maskinporten.keys = [key.jwk(), {"kid": "x" * 300_000}]
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 503
    maskinporten.keys, maskinporten.drips = [key.jwk()], True
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 503
    maskinporten.drips = False
    deadline = time.monotonic() + 30
    while head(trusting, key.token(claims_of(LANDLORD))).status_code != 200:
        assert time.monotonic() < deadline


def test_an_issuer_that_never_answers_is_no_proof_of_a_bad_token(
    trusting: Service, maskinporten: Maskinporten, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "FETCH_SECONDS", 0.3)
    maskinporten.free.clear()
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 503
    maskinporten.free.set()


def test_an_outage_keeps_no_honest_system_out_afterwards(
    new_trusting: Callable[..., Service], maskinporten: Maskinporten, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it was tried meanwhile."""
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    trusting = new_trusting(calls_per_minute_without_token=3)
    maskinporten.broken = True
    tried = [head(trusting, key.token(claims_of(LANDLORD))).status_code for _ in range(5)]
    assert tried == [503, 503, 503, 429, 429]
    maskinporten.broken = False
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 200


def test_keys_known_to_be_good_outlive_an_outage(
    trusting: Service, maskinporten: Maskinporten, key: Key, other_key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 200
    maskinporten.broken = True
    unknown = head(trusting, other_key.token(claims_of(LANDLORD)))  # it may be the issuer's newest
    assert (unknown.status_code, unknown.headers["Retry-After"]) == (503, "10")
    monkeypatch.setattr(jwks, "LIFETIME_SECONDS", 0.0)  # keys that are due for a new fetch still count
    assert head(trusting, key.token(claims_of(AGENT))).status_code == 200
    until(lambda: len(maskinporten.calls) == 3, "the keys to be asked for, and nobody to wait for it")


def test_but_no_outage_of_an_hour(
    trusting: Service, maskinporten: Maskinporten, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a key that was withdrawn meanwhile would count for as long as its thief keeps the issuer from answering."""
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    assert head(trusting, key.token(claims_of(LANDLORD))).status_code == 200
    maskinporten.broken = True
    for name in ("LIFETIME_SECONDS", "LAST_SECONDS"):
        monkeypatch.setattr(jwks, name, 0.0)
    assert head(trusting, key.token(claims_of(AGENT))).status_code == 503
    maskinporten.broken = False
    monkeypatch.undo()
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    assert head(trusting, key.token(claims_of(AGENT))).status_code == 200


def test_a_key_that_was_withdrawn_counts_until_the_next_fetch(
    trusting: Service, maskinporten: Maskinporten, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For tokens that were verified a moment ago too, and though no key is left."""
    monkeypatch.setattr(jwks, "REFETCH_SECONDS", 0.0)
    token = key.token(claims_of(LANDLORD))
    assert head(trusting, token).status_code == 200
    maskinporten.keys = []
    assert head(trusting, token).status_code == 200
    monkeypatch.setattr(jwks, "LIFETIME_SECONDS", 0.0)  # the five minutes are over
    assert [head(trusting, one).status_code for one in (token, key.token(claims_of(AGENT)))] == [401, 401]


def test_unknown_keys_by_the_dozen_lead_to_one_call(trusting: Service, maskinporten: Maskinporten, key: Key) -> None:
    maskinporten.free.clear()
    tokens = [key.token(claims_of(LANDLORD), {"kid": f"made-up-{number}"}) for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(head, trusting, token) for token in [*tokens, key.token(claims_of(LANDLORD))]]
        maskinporten.free.set()
        statuses = [answer.result().status_code for answer in answers]
    assert statuses == [401] * 12 + [200]
    assert len(maskinporten.calls) == 1


def test_an_expired_token_costs_no_call(trusting: Service, maskinporten: Maskinporten, key: Key) -> None:
    refused(head(trusting, key.token(claims_of(LANDLORD, exp=1))))
    assert len(maskinporten.calls) == 0


def test_keys_for_something_else_are_passed_over(key: Key) -> None:
    good = key.jwk()
    weak = Key("weak", 1024).jwk()
    listed: list[Any] = [
        good,
        weak,
        good | {"kid": "enc", "use": "enc"},
        {name: member for name, member in good.items() if name != "kid"},
        good | {"kid": "oct", "kty": "oct", "k": "c2VjcmV0"},
        good | {"kid": "broken", "n": "!"},
        "key",
    ]
    assert set(jwks.public_keys({"keys": listed})) == {"first"}
    documents: list[Any] = [[], {}, {"keys": {}}, None, {"keys": [{}] * 1000}]
    for document in documents:
        assert jwks.public_keys(document) == {}
