"""`GET /v1/dates`: the dates of the two weeks for given days, with the reason for each moved day. It stores nothing."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from varsling.context import Context
from varsling.database.engine import reading
from varsling.domain.dates import Basis, NoticeDates, Period, notice_dates, oslo_date
from varsling.domain.problems import Code
from varsling.shapes import Day, Location, RequestModel
from varsling.web.answers import json_answer
from varsling.web.dependencies import ContextOf
from varsling.web.openapi import described

router = APIRouter(tags=["dates"])


class DatesQuery(RequestModel):
    """The known days. Without `sent_on` the dates are assumed from today."""

    sent_on: Day | None = None
    received_on: Day | None = None
    warning_sent_on: Day | None = None

    @classmethod
    def faults_between(cls, sent: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
        if sent.get("received_on") is None:
            return
        if sent.get("sent_on") is None:
            yield ("sent_on",), Code.MISSING
        elif str(sent["received_on"]) < str(sent["sent_on"]):  # ISO 8601 text sorts as days do
            yield ("received_on",), Code.INVALID_DATE


class MovedAnswer(BaseModel):
    day: date
    reason: str


class PeriodAnswer(BaseModel):
    literal: date
    whole_weeks: date
    recommended: date
    moved: list[MovedAnswer]


class PetitionAnswer(BaseModel):
    refused_before: date
    recommended: date
    recommended_working_day: date


class DatesAnswer(BaseModel):
    rule_version: str
    basis: Basis
    assumed_sent_on: date
    sent_on: date | None
    received_on: date | None
    notice: PeriodAnswer
    warning: PeriodAnswer | None
    petition: PetitionAnswer


@router.get("/v1/dates", summary="Compute the dates", **described(responses={200: DatesAnswer}))
def dates(query: Annotated[DatesQuery, Query()], context: ContextOf) -> Response:
    """Compute the two weeks of husleieloven § 9-11. Most callers need only `petition`."""
    found = notice_dates(
        assumed_sent_on=query.sent_on or _today(context),
        sent_on=query.sent_on,
        received_on=query.received_on,
        warning_sent_on=query.warning_sent_on,
    )
    return json_answer(_shown(found))


def _today(context: Context) -> date:
    with reading(context.engine) as connection:
        return oslo_date(context.clock.now(connection))


def _shown(found: NoticeDates) -> dict[str, Any]:
    return {
        "rule_version": found.rule_version,
        "basis": found.basis,
        "assumed_sent_on": found.assumed_sent_on,
        "sent_on": found.sent_on,
        "received_on": found.received_on,
        "notice": _period(found.notice),
        "warning": None if found.warning is None else _period(found.warning),
        "petition": {
            "refused_before": found.later.refused_before,
            "recommended": found.later.recommended,
            "recommended_working_day": found.later.recommended_working_day,
        },
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "literal": period.literal,
        "whole_weeks": period.whole_weeks,
        "recommended": period.recommended,
        "moved": [{"day": moved.day, "reason": moved.reason} for moved in period.moved],
    }
