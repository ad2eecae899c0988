"""The guide, by reader: landlords' systems, NAV integrations, operators, lawyers. A page for each call; a search."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from varsling.domain.catalogue import catalogue
from varsling.domain.codes import RULES
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import NotFound
from varsling.domain.synthetic import TEST_PERSONS
from varsling.settings import Settings
from varsling.settings.policies import PolicySettings
from varsling.settings.reference import reference
from varsling.web.call_pages import CallPage, call_pages
from varsling.web.dependencies import wants_page
from varsling.web.fields import example_of, values_of
from varsling.web.pages import FOR_ALL, page, rendered_page

router = APIRouter(include_in_schema=False)

_MOST_FOUND = 40
_POLICIES = {f"VARSLING_{name.upper()}" for name in PolicySettings.__annotations__}
_HEADING = re.compile(r'<h([23]) id="([a-z0-9-]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class GuidePage(NamedTuple):
    """A page of the guide: its place in the address, its title, and the reader it is for."""

    name: str
    title: str
    reader: str


PAGES = (
    GuidePage("", "Overview", "Start"),
    GuidePage("tokens", "A token from Maskinporten", "Start"),
    GuidePage("live", "Going live", "Start"),
    GuidePage("changes", "Versions and changes", "Start"),
    GuidePage("help", "Help", "Start"),
    GuidePage("landlords", "Sending notices", "Landlords' systems"),
    GuidePage("integrations", "Reading notices", "NAV integrations"),
    GuidePage("operators", "Running varsling", "Operators"),
    GuidePage("channels", "Channels", "Operators"),
    GuidePage("settings", "Settings", "Operators"),
    GuidePage("security", "Security", "Operators"),
    GuidePage("law", "The rules applied", "Lawyers"),
)
_BY_NAME = {one.name: one for one in PAGES}
_TAGS = {"Landlords' systems": ("notices", "reservations", "offices", "dates"), "NAV integrations": ("feed",)}


class Found(NamedTuple):
    """A place that a search finds."""

    title: str
    address: str
    text: str


@router.get("/docs")
async def guide(request: Request) -> Response:
    """Show the way to each reader's pages."""
    return _shown(request, "")


@router.get("/docs/search")
async def search(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Find headings, calls, fields, problems, events and settings with the words, those with most of them first."""
    words = q.casefold().split()
    found = _ranked(_index(request), words)
    return page(
        "guide/search.html",
        AnswerLanguage.EN,
        **_around(request, "search"),
        q=q,
        found=found[:_MOST_FOUND],
        all=len(found),
    )


@router.get("/docs/calls/{call}")
async def call(request: Request, call: str) -> Response:
    """Show a call: its fields, its errors, samples."""
    shown = _calls(request).get(call)
    if shown is None:
        return _missing(request)
    return page("guide/call.html", AnswerLanguage.EN, **_around(request, f"calls/{call}"), call=shown, json=_pretty)


@router.get("/docs/samples/{name}")
async def sample(name: str) -> Response:
    """Give a sample program as a file."""
    file = resources.files("varsling.web").joinpath("samples", f"{name}.txt")
    if not re.fullmatch(r"[a-z]+\.py", name) or not file.is_file():
        raise NotFound
    return Response(file.read_bytes(), headers={"Cache-Control": FOR_ALL}, media_type="text/plain")


@router.get("/docs/{name}")
async def guide_page(request: Request, name: str) -> Response:
    """Show a page of the guide."""
    return _shown(request, name) if name and name in _BY_NAME else _missing(request)


def _missing(request: Request) -> Response:
    """Show a person where the guide's pages are. Raises NotFound for a program."""
    if not wants_page(request):
        raise NotFound
    missing = page("guide/missing.html", AnswerLanguage.EN, **_around(request, ""))
    missing.status_code = 404
    missing.headers["Cache-Control"] = "no-store"
    return missing


def _shown(request: Request, name: str) -> Response:
    return page(f"guide/{name or 'overview'}.html", AnswerLanguage.EN, **_around(request, name), **_facts(request))


def _around(request: Request, name: str) -> dict[str, Any]:
    """Give what the frame of every page shows."""
    calls = _calls(request).values()
    groups = {}
    for reader in dict.fromkeys(one.reader for one in PAGES):
        own = [(f"/docs/{one.name}".rstrip("/"), one.title) for one in PAGES if one.reader == reader]
        more = [(f"/docs/calls/{one.id}", one.summary) for one in calls if one.tag in _TAGS.get(reader, ())]
        groups[reader] = (own, more)
    return {"groups": groups, "here": f"/docs/{name}".rstrip("/")}


def _facts(request: Request) -> dict[str, Any]:
    """Give what the pages tell of this installation and of the code."""
    settings: Settings = request.app.state.settings
    schemas = request.app.openapi()["components"]["schemas"]
    return {
        "url": settings.public_url,
        "scope": settings.scope_prefix,
        "local": not settings.production,
        "no_title": settings.no_title,
        "unopened": settings.unopened,
        "calls_per_minute": settings.calls_per_minute,
        "persons": [(number, outcome.value) for number, outcome in TEST_PERSONS.items()],
        "settings": list(reference()),
        "policies": [(one, _now(settings, one.name)) for one in reference() if one.name in _POLICIES],
        "events_of": {"integrations": _events(schemas, "urgent"), "landlords": _events(schemas, "reference")},
        "active_hours": settings.integration_active_hours,
        "poller": _sample("poller.py"),
        "verifier": _sample("verifier.py"),
        "laws": [
            (code.value, text, RULES[code].law)
            for code, text in catalogue(AnswerLanguage.EN).items()
            if RULES[code].law
        ],
    }


def _now(settings: Settings, name: str) -> str:
    return str(getattr(settings, name.removeprefix("VARSLING_").lower()))


def _sample(name: str) -> str:
    return resources.files("varsling.web").joinpath("samples", f"{name}.txt").read_text("utf-8")


def _events(schemas: Mapping[str, Any], only_theirs: str) -> list[tuple[str, str, str]]:
    """Give each type of event that has this member, with its meaning and a sample for those readers."""
    others = {"urgent", "reference", "landlord"} - (
        {"urgent"} if only_theirs == "urgent" else {"reference", "landlord"}
    )
    found = []
    for kind, reference_to in schemas["KnownEvent"]["discriminator"]["mapping"].items():
        example = example_of(reference_to.rpartition("/")[2], schemas)
        if only_theirs in example:
            shown = {name: value for name, value in example.items() if name not in others}
            found.append((kind, values_of("EventType")[kind], _pretty(shown)))
    return found


def _calls(request: Request) -> dict[str, CallPage]:
    state = request.app.state
    if not hasattr(state, "call_pages"):
        state.call_pages = call_pages(request.app.openapi())
    found: dict[str, CallPage] = state.call_pages
    return found


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _ranked(index: Iterable[Found], words: Sequence[str]) -> list[Found]:
    """Give what has all the words, each as the beginning of one; without any such, what has most of them."""
    patterns = [re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in words]
    scored = []
    for place, one in enumerate(index):
        hits = sum(pattern.search(one.text) is not None for pattern in patterns)
        titled = sum(pattern.search(one.title.casefold()) is not None for pattern in patterns)
        if hits:
            scored.append((-hits, -titled, place, one))
    scored.sort(key=lambda found: found[:3])
    best = scored[0][0] if scored else 0
    return [one for hits, _, _, one in scored if hits == best]


def _index(request: Request) -> list[Found]:
    state = request.app.state
    if not hasattr(state, "search_index"):
        state.search_index = [*_everything(request)]
    found: list[Found] = state.search_index
    return found


def _everything(request: Request) -> Iterator[Found]:
    for one in PAGES:
        address = f"/docs/{one.name}".rstrip("/")
        yield _found(one.title, address, one.reader)
        text = rendered_page(f"guide/{one.name or 'overview'}.html", **_around(request, one.name), **_facts(request))
        for part in _sections(text):
            yield _found(part[1], f"{address}#{part[0]}", part[2])
    for call in _calls(request).values():
        address = f"/docs/calls/{call.id}"
        yield _found(f"{call.method} {call.path}", address, f"{call.summary} {call.does}")
        for row in (*call.parameters, *call.request):
            yield _found(f"{row.path} in {call.method} {call.path}", f"{address}#request", row.meaning)
    for code, problem in catalogue(AnswerLanguage.EN).items():
        yield _found(code.value, f"/problems/{code}", f"{problem.title} {problem.detail} {problem.remedy}")
    for setting in reference():
        yield _found(setting.name, "/docs/settings", setting.meaning)


def _sections(text: str) -> Iterator[tuple[str, str, str]]:
    """Give anchor, heading and words of each part of a page."""
    main = text.partition('<main id="content">')[2]
    headings = [*_HEADING.finditer(main)]
    for place, heading in enumerate(headings):
        end = headings[place + 1].start() if place + 1 < len(headings) else len(main)
        yield heading[2], _plain(heading[3]), _plain(main[heading.end() : end])


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _found(title: str, address: str, text: str) -> Found:
    return Found(title, address, f"{title} {text}".casefold())
