"""`POST /v1/offices/lookup` and `GET /v1/offices/{number}`: the NAV office of a dwelling. Nothing is stored."""

from datetime import UTC, datetime
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request, Response

from varsling.context import Context
from varsling.database.engine import reading
from varsling.domain.dates import oslo_date
from varsling.domain.language import AnswerLanguage
from varsling.domain.office import ReachedBy
from varsling.domain.problems import Code, NotFound, Refused
from varsling.domain.remarks import remark_text
from varsling.feed.service import has_active_receiver
from varsling.offices import service
from varsling.offices.register import Register
from varsling.offices.schemas import AreaAnswer, DwellingInput, LookupAnswer, LookupInput, OfficeAnswer
from varsling.web.answers import json_answer
from varsling.web.bodies import read_body
from varsling.web.dependencies import ContextOf, LanguageOf
from varsling.web.openapi import described

router = APIRouter(tags=["offices"])


@router.post(
    "/v1/offices/lookup",
    summary="Find the office of a dwelling",
    **described(
        request=LookupInput,
        example={"dwelling": {"address_line": "Sannergata 1 B", "postal_code": "0557", "district_number": "030102"}},
        responses={200: LookupAnswer},
        problems=(*service.REFUSALS, Code.NOTICE_REFUSED),
    ),
)
async def look_up(request: Request, context: ContextOf, language: LanguageOf) -> Response:
    """Give the office that a notice about this dwelling would get now, or every fault of the address."""
    body = await read_body(request, LookupInput)
    return json_answer(await anyio.to_thread.run_sync(_looked_up, context, body.model.dwelling, language))


@router.get(
    "/v1/offices/{number}",
    summary="Read an office",
    **described(responses={200: OfficeAnswer}, problems=(Code.NOT_FOUND,)),
)
def read_office(context: ContextOf, number: Annotated[str, Path(max_length=20)]) -> Response:
    register = context.offices.register
    found = register.offices.get(number)
    if found is None:
        raise NotFound
    shown: OfficeAnswer = {
        "number": found.number,
        "name": found.name,
        "status": found.status,
        "organisation_number": found.organisation_number,
        "successor": found.successor,
        "areas": [_area(register, area) for area in register.served_by.get(number, ())],
        "reached_by": _reached_by(context, found.number),
        "register_version": register.version,
    }
    return json_answer(shown)


def _looked_up(context: Context, given: DwellingInput, language: AnswerLanguage) -> LookupAnswer:
    dwelling = given.to_domain()
    context.offices.look_up([dwelling], oslo_date(datetime.now(UTC)), service.CALL_SECONDS)
    with reading(context.engine) as connection:
        today = oslo_date(context.clock.now(connection))
    found = context.offices.resolve(dwelling, today)
    if found.faults:
        raise Refused(found.faults)
    register = context.offices.register
    office = None if found.office is None else register.offices[found.office]
    return {
        "office": None if office is None else {"number": office.number, "name": office.name},
        "found_by": found.found_by,
        "reached_by": None if office is None else _reached_by(context, office.number),
        "municipality": None if found.municipality is None else _area(register, found.municipality),
        "district": None if found.district is None else _area(register, found.district),
        "dwelling": service.dwelling_answer(found.dwelling),
        "remarks": [{"code": remark, "detail": remark_text(remark, language)} for remark in found.remarks],
        "register_version": register.version,
    }


def _area(register: Register, number: str) -> AreaAnswer:
    return {"number": number, "name": register.name_of(number)}


def _reached_by(context: Context, office: str) -> ReachedBy:
    with reading(context.engine) as connection:
        active = has_active_receiver(connection, office, context.clock.now(connection), context.settings)
    return ReachedBy.LETTER if context.settings.office_channels and not active else ReachedBy.FEED
