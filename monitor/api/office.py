"""Calls on feedback, papers, swaps of duty and stock: what the pages of the office show and do.

A signature is given at the page alone: a program that holds a manager's token signs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Refused
from alerting.model.incident import Incident, ReportState
from alerting.papers.report.case_file import CaseFile
from alerting.plan.swaps import SWAPS, read_swaps
from alerting.service.cleaned_text import one_line
from alerting.service.display_names import DisplayNames
from alerting.service.permissions import may_read_papers
from alerting.service.records import Records
from alerting.workflows.report_approval import turn_of
from alerting.workflows.scheduled.improvement_actions import OPEN
from monitor.api import office_documents as doc
from monitor.api.call import Asked, Call, Declined, Entrance
from monitor.api.documents import PersonDocument
from monitor.pages import participant_report as reports
from monitor.pages.feedback_pages import FROM_ALL
from monitor.pages.papers_view import LISTED
from monitor.pages.source import RoomSource


class OfficeCalls:
    """rooms: by id. clock: seconds that never run back."""

    def __init__(
        self,
        rooms: Callable[[], Mapping[str, RoomSource]],
        records: Records,
        names: DisplayNames,
        entrance: Entrance,
        clock: Callable[[], float],
    ) -> None:
        self._rooms, self._records, self._names, self._entrance = rooms, records, names, entrance
        self._limit = reports.ReportLimit(clock, from_all=FROM_ALL, from_one=FROM_ALL)

    def table(self) -> tuple[Call, ...]:
        return (
            Call(method="POST", path="/rooms/{room}/feedback", id="meeting_feedback", summary="How a meeting was",
                 scope="report", answer=None, body=doc.FeedbackRequest, status=204, work=self._meeting),
            Call(method="POST", path="/incidents/{number}/feedback", id="feedback", summary="How the help was",
                 scope="report", answer=None, body=doc.FeedbackRequest, status=204, work=self._help),
            Call(method="GET", path="/reports", id="papers", summary="Reports of incidents, for whom the plan names",
                 scope="read", answer=doc.Papers, work=self._papers),
            Call(method="GET", path="/reports/{number}", id="paper", summary="One report, for whom the plan names",
                 scope="read", answer=doc.WholePaper, work=self._paper),
            Call(method="GET", path="/improvements", id="improvements", summary="What is to improve, for the same",
                 scope="read", answer=doc.Improvements, work=self._improvements),
            Call(method="GET", path="/duty/swaps", id="swaps", summary="Swaps of duty",
                 scope="read", answer=doc.Swaps, work=self._swaps),
            Call(method="POST", path="/duty/swaps", id="swap", summary="Ask somebody to stand in",
                 scope="respond", answer=doc.SwapAnswer, body=doc.SwapRequest, status=201, work=self._ask),
            Call(method="POST", path="/duty/swaps/{key}/agreement", id="agree", summary="Agree to a swap",
                 scope="respond", answer=None, status=204, work=self._agree),
            Call(method="DELETE", path="/duty/swaps/{key}", id="withdraw", summary="Take a swap back, or refuse it",
                 scope="respond", answer=None, status=204, work=self._withdraw),
            Call(method="GET", path="/spares", id="spares", summary="Spares",
                 scope="read", answer=doc.Spares, work=self._spares),
            Call(method="POST", path="/spares", id="spare", summary="Take one, bring it back, or check them",
                 scope="respond", answer=doc.Spares, body=doc.SpareMove, work=self._spare),
            Call(method="GET", path="/inspections", id="inspections", summary="Inspections",
                 scope="read", answer=doc.InspectionList, work=self._inspections),
            Call(method="POST", path="/inspections", id="inspected", summary="Record an inspection",
                 scope="respond", answer=doc.InspectionList, body=doc.InspectionRequest, work=self._inspected),
        )  # fmt: skip

    async def _meeting(self, asked: Asked) -> None:
        source = self._rooms().get(asked.place["room"])
        if source is None:
            raise Declined(404, "No such room")
        await self._answer(asked, source, 0)

    async def _help(self, asked: Asked) -> None:
        number = int(asked.place["number"])
        found = await self._records.incident(number)
        source = self._rooms().get(found.room) if found is not None else None
        if source is None:
            raise Declined(404, "No such incident")
        await self._answer(asked, source, number)

    async def _answer(self, asked: Asked, source: RoomSource, number: int) -> None:
        if not self._limit.allows(asked.token.id, source.id):
            raise Declined(429, "Too many answers", "Of one room within ten minutes.")
        text = one_line(asked.body.text, reports.LONGEST_TEXT)
        try:
            if number:
                await source.feedback(number, asked.body.score, text, "")
            else:
                await source.meeting_feedback(asked.body.score, text)
        except Refused as refusal:
            raise Declined(409, "Refused", reason=refusal.reason) from None

    async def _papers(self, asked: Asked) -> doc.Papers:
        self._named(asked)
        found = await self._records.papers(LISTED)
        owed = [one for one in found if not one.drill and one.report is not ReportState.NONE]
        return doc.Papers(items=[doc.PaperDocument(**self._paper_fields(one)) for one in owed])

    async def _paper(self, asked: Asked) -> doc.WholePaper:
        self._named(asked)
        case = await self._records.case(int(asked.place["number"]))
        if case is None:
            raise Declined(404, "No such report")
        return doc.WholePaper(**self._paper_fields(case.incident), chapters=_chapters(case))

    def _paper_fields(self, one: Incident) -> dict[str, Any]:
        now = self._records.now()
        open_now = one.report in (ReportState.DRAFT, ReportState.REVIEW)
        turn = turn_of(one, self._records.plan()) if open_now else ()
        return {
            "number": one.id,
            "room": one.room,
            "code": one.code,
            "opened_at": one.opened_at,
            "state": one.report.value,
            "due": one.report_due,
            "late": open_now and one.report_due is not None and one.report_due < now,
            "turn": [PersonDocument(id=each, name=self._names.audience(each)) for each in turn],
        }

    async def _improvements(self, asked: Asked) -> doc.Improvements:
        self._named(asked)
        known: Mapping[str, Mapping[str, str]] = json.loads(self._records.recall(OPEN) or "{}")
        today = self._records.today()
        return doc.Improvements(
            items=[
                doc.ImprovementDocument(
                    key=key,
                    text=one["text"],
                    owner=PersonDocument(id=one["owner"], name=self._names.audience(one["owner"])),
                    due=one["due"],
                    late=one["due"] < today,
                )
                for key, one in sorted(known.items(), key=lambda item: item[1]["due"])
            ]
        )

    def _named(self, asked: Asked) -> None:
        """The papers are for those whom the plan's [report] names, by whatever way they ask."""
        if not may_read_papers(self._records.plan(), asked.token.contact):
            raise Declined(403, "The plan does not name the token's contact for these papers")

    async def _swaps(self, asked: Asked) -> doc.Swaps:
        today = self._records.today()
        return doc.Swaps(
            items=[
                doc.SwapDocument(
                    key=one.key,
                    roster=one.roster,
                    day=one.day,
                    giver=PersonDocument(id=one.giver, name=self._names.person(one.giver)),
                    taker=PersonDocument(id=one.taker, name=self._names.person(one.taker)),
                    agreed=bool(one.agreed),
                )
                for one in read_swaps(self._records.recall(SWAPS) or "")
                if one.day >= today
            ]
        )

    async def _ask(self, asked: Asked) -> doc.SwapAnswer:
        said = await self._entrance.carry_out("duty_ask", asked, given=msgspec.to_builtins(asked.body))
        return doc.SwapAnswer(key=str(said["key"]))

    async def _agree(self, asked: Asked) -> None:
        await self._entrance.carry_out("duty_agree", asked, given={"key": asked.place["key"]})

    async def _withdraw(self, asked: Asked) -> None:
        await self._entrance.carry_out("duty_withdraw", asked, given={"key": asked.place["key"]})

    async def _spares(self, asked: Asked) -> doc.Spares:
        said = await self._entrance.carry_out("spares", asked)
        return msgspec.convert({"items": said["spares"]}, doc.Spares, strict=False)

    async def _spare(self, asked: Asked) -> doc.Spares:
        await self._entrance.carry_out(f"spare_{asked.body.verb}", asked, given={"name": asked.body.name})
        return await self._spares(asked)

    async def _inspections(self, asked: Asked) -> doc.InspectionList:
        said = await self._entrance.carry_out("inspections", asked)
        return msgspec.convert({"items": said["inspections"]}, doc.InspectionList, strict=False)

    async def _inspected(self, asked: Asked) -> doc.InspectionList:
        given = {"name": asked.body.name, "text": one_line(asked.body.text, reports.LONGEST_TEXT)}
        await self._entrance.carry_out("inspection_done", asked, given=given)
        return await self._inspections(asked)


def _chapters(case: CaseFile) -> dict[str, str]:
    """As they were written last."""
    return {str(one.data.get("chapter", "")): str(one.data.get("text", "")) for one in case.of("report_edited")}
