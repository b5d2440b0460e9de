"""Where a report stands and who has it, as the deliveries say: signed is not sent, sent is not received. Pure."""

from __future__ import annotations

from alerting.delivery.who_was_told import Reach, Recipient, report_recipients
from alerting.model.incident import ReportState
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.papers.report.terms import ChannelKind


def distribution(case: CaseFile) -> tuple[Recipient, ...]:
    return report_recipients(case.notifications, case.now)


def state_said(case: CaseFile, phrasing: Phrasing) -> str:
    """The report's state; "sent" only once everybody's server has it."""
    return phrasing.text(f"report.state.{_state(case)}")


def _state(case: CaseFile) -> str:
    if case.incident.report is not ReportState.SENT:
        return case.incident.report.value
    reaches = {one.reach for one in distribution(case)}
    if not reaches:
        return "sent_to_nobody"
    if reaches & {Reach.PENDING, Reach.SENDING, Reach.RETRYING, Reach.HELD}:
        return "sending"
    return "sent" if reaches <= {Reach.ACCEPTED, Reach.OBSERVED} else "sent_in_part"


def distribution_lines(case: CaseFile, phrasing: Phrasing) -> tuple[str, ...]:
    """One line a person: who, by which channel, and what became of it."""
    return tuple(
        phrasing.text(
            "report.distribution.line",
            who=phrasing.name(one.contact),
            way=ChannelKind(one.way),
            fate=fate_said(one, case, phrasing),
        )
        for one in distribution(case)
    )


def fate_said(one: Recipient, case: CaseFile, phrasing: Phrasing) -> str:
    key = "report.distribution.accepted" if one.reach is Reach.ACCEPTED else f"report.reach.{one.reach}"
    return phrasing.text(key, time=phrasing.date(one.at) if one.at is not None else "")
