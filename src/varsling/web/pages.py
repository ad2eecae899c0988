"""HTML pages: templates with every value escaped, under a policy that lets them load our own stylesheet alone."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from varsling.domain.catalogue import words
from varsling.domain.language import AnswerLanguage
from varsling.web.answers import NO_STORE

FOR_ALL = "public, max-age=300"
ASSETS = Path(__file__).with_name("assets")
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page(template: str, language: AnswerLanguage, **values: Any) -> Response:
    """Render a public page that caches may keep for a while."""
    shown = rendered_page(template, language, **values)
    policy = _POLICY.replace("form-action 'none'", "form-action 'self'") if template.startswith("guide/") else _POLICY
    return Response(shown, headers=headers(policy), media_type="text/html")


def rendered_page(template: str, language: AnswerLanguage = AnswerLanguage.EN, **values: Any) -> str:
    made = _templates().get_template(template)
    return made.render(language=language, problems_label=words(language)["problems"], **values)


def private_page(template: str, language: str, status: int = 200, **values: Any) -> Response:
    """Render a page for one reader: no cache keeps it, and no other site learns its address."""
    shown = _templates().get_template(template).render(language=language, **values)
    policy = _POLICY.replace("form-action 'none'", "form-action 'self'")
    private = headers(policy) | {"Cache-Control": NO_STORE}
    return Response(shown, status, private, media_type="text/html")


def headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": FOR_ALL,
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept, Accept-Language",
    }


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("varsling.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["coded"] = _coded
    made.filters["dialable"] = _dialable
    made.filters["breakable"] = _breakable
    return made


def _coded(text: str) -> Markup:
    """Show text between backticks as code; everything else is escaped."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  (escaped before)


def _breakable(text: str) -> Markup:
    """Let a long name break after its dots, dashes and underscores. Everything else is escaped."""
    return Markup(re.sub(r"([._-])", r"\1<wbr>", str(escape(text))))  # noqa: S704  (escaped before)


def _dialable(text: str) -> Markup:
    """Turn each Norwegian telephone number into a link that a phone dials, and keep each paragraph of a law on one
    line.

    Everything else is escaped. Telephone numbers in our texts have NO-BREAK SPACE between their pairs. Eight digits
    that a caller sent (a KID, a reference) do not.
    """
    whole = re.sub("§\N{NO-BREAK SPACE}[0-9-]*[0-9]", r'<span class="whole">\g<0></span>', str(escape(text)))
    numbers = re.sub(
        "(?<![0-9+\N{NO-BREAK SPACE}])(?:[+]47\N{NO-BREAK SPACE})?[0-9]{2}(?:\N{NO-BREAK SPACE}[0-9]{2}){3}(?![0-9])",
        lambda found: f'<a href="tel:+47{re.sub(r"[^0-9]", "", found[0])[-8:]}">{found[0]}</a>',
        whole,
    )
    return Markup(numbers)  # noqa: S704  (escaped before)
