"""The table of message kinds: who gets one, how urgent it is, what it supersedes, how long it keeps, its words.

The engine, the delivery, the words and the auditor all go by it. A new kind is one line here, and a text under
``message.kind`` in each catalogue where it brings words of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

KEEP = 12 * 3600.0
"""Seconds for which a message about something that is still so is kept: half a day covers a night without network."""
KEEP_PAPER = 7 * 86400.0
"""Seconds for which a message about a report is kept: it stays true, and a week outlasts any outage but a move."""
KEEP_REMINDER = 3 * 86400.0
"""Seconds for which a reminder of a scheduled task is kept: over a weekend without network."""


class To(StrEnum):
    """Who gets a message of this kind."""

    STEP = "step"
    """The people of a step of the chain."""
    CHAIN = "chain"
    """Everybody whom the chain names, by all their channels."""
    TOLD = "told"
    """Everybody who was told of the incident so far, but the one who did it."""
    NAMED = "named"
    """Whom the event names, under "to"."""
    LEADERS = "leaders"
    """Whom the plan tells of a confirmation."""
    REPAIRERS = "repairers"
    """The technical group and who took the incident; where the room feels it, those who sit in it too."""
    ROOM = "room"
    """Those who sit in the meeting."""
    LOGISTICS = "logistics"
    ASKER = "asker"
    """Who asked for help, and who took the incident."""
    WRITER = "writer"
    """Who wrote an answer that was not carried out."""
    REPORT = "report"
    """Who has the next step of the report, or receives it."""
    CALENDAR = "calendar"
    """Whom a scheduled task reminds."""
    TARGET = "target"
    """The one address whose messages it stands for, or that is tried."""


class Supersedes(StrEnum):
    NOTHING = "nothing"
    """It carries what no later message repeats. No message replaces it, it replaces none, and it is in no digest."""
    OLDER = "older"
    """Older ones about the same incident that keep failing, or that wait for the morning while this one may not."""
    WAITING = "waiting"
    """Everything about the incident that still waits: it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """One line of the table.

    words: its text under ``message.kind``; a reminder's stand under ``duty``. held: quiet hours hold it, by the
    incident's severity. keep: seconds until it is given up. paper: about a report or a scheduled task: no news of the
    incident, and never more than a notice. ends: it tells of the end, once to each. step: how its step came about.
    event: the journal's event that calls for it. again: causes for which a chain is entered again, whose first step is
    told in these words. takes: it says how to take the incident. explained: it begins with a line of its own, under
    ``message.<words>``.
    """

    name: str
    to: To
    words: str
    supersedes: Supersedes = Supersedes.OLDER
    held: bool = True
    keep: float = KEEP
    paper: bool = False
    ends: bool = False
    step: Literal["", "first", "repeated", "deputy"] = ""
    event: str = ""
    again: tuple[str, ...] = ()
    takes: bool = True
    explained: bool = False

    @property
    def personal(self) -> bool:
        return self.supersedes is Supersedes.NOTHING

    @property
    def names_faults(self) -> bool:
        """True where it says what is broken at that moment."""
        return not self.paper and not self.ends and self.to not in (To.ROOM, To.WRITER, To.TARGET)

    @property
    def tells_fault(self) -> bool:
        """True where its reader knows of the incident afterwards, and is owed its end: not a paper about it, nor help
        for somebody whose answer was not understood."""
        return not self.paper and self.to is not To.WRITER

    @property
    def responders(self) -> bool:
        """True where it goes to those who have to do something about the incident."""
        return self.to in (To.STEP, To.CHAIN, To.NAMED, To.LEADERS) and not self.paper


def _kind(name: str, to: To, words: str = "", **more: object) -> MessageKind:
    return MessageKind(name=name, to=to, words=words or name, **more)  # type: ignore[arg-type]


def _measure(name: str, to: To, **more: object) -> MessageKind:
    return _kind(name, to, "measure", **more)


def _report(name: str, *, personal: bool = False) -> MessageKind:
    supersedes = Supersedes.NOTHING if personal else Supersedes.OLDER
    return _kind(name, To.REPORT, supersedes=supersedes, keep=KEEP_PAPER, paper=True, takes=False)


_ALONE = Supersedes.NOTHING
MESSAGE_KINDS: Mapping[str, MessageKind] = {
    one.name: one
    for one in (
        # Steps of the chain
        _kind("opened", To.STEP, step="first", again=("class", "handover_ended")),
        _kind("escalated", To.STEP, step="first"),
        _kind("repeated", To.STEP, step="repeated", again=("unanswered",)),
        _kind("deputy", To.STEP, step="deputy", held=False, explained=True),
        _kind("resumed", To.STEP, again=("take_expired", "reopened")),
        _kind("unanswered", To.CHAIN, "exhausted", held=False, event="unanswered"),
        _kind("nobody_reachable", To.CHAIN, held=False, explained=True),
        # What people did, and what changed
        _kind("taken", To.TOLD, event="taken"),
        _kind("confirmed", To.LEADERS, supersedes=_ALONE, held=False, event="confirmed", explained=True),
        _kind("mitigated", To.TOLD, event="mitigated", explained=True),
        _kind("faults_changed", To.NAMED, "changed", event="faults_changed"),
        _kind("severity", To.TOLD, "raised", event="severity", again=("severity",)),
        _kind("order", To.NAMED, supersedes=_ALONE, held=False, event="order"),
        _kind("assigned", To.NAMED, supersedes=_ALONE, held=False, event="assigned", explained=True),
        _kind("note", To.NAMED, supersedes=_ALONE),
        _kind("done", To.LEADERS, supersedes=_ALONE, takes=False),
        _kind("plan_changed", To.TOLD, supersedes=_ALONE, event="plan_changed", takes=False, explained=True),
        _kind("reply_help", To.WRITER, supersedes=_ALONE, held=False),
        # The end
        _kind("recovered", To.TOLD, "resolved", supersedes=Supersedes.WAITING, ends=True, takes=False),
        _kind("passed", To.TOLD, supersedes=Supersedes.WAITING, ends=True, takes=False),
        # Remedies, backups, spares, helpers, checks before a meeting
        _measure("remedy_proposed", To.REPAIRERS),
        _measure("remedy_announced", To.REPAIRERS),
        _measure("remedy_put_off", To.REPAIRERS),
        _measure("remedy_withdrawn", To.REPAIRERS),
        _measure("remedy_limited", To.REPAIRERS),
        _measure("remedy_failed", To.REPAIRERS),
        _measure("remedy_not_helped", To.REPAIRERS),
        _measure("remedy_unknown", To.REPAIRERS),
        _kind("backup", To.REPAIRERS, explained=True),
        _measure("moved", To.ROOM, supersedes=_ALONE),
        _measure("moved_info", To.REPAIRERS),
        _measure("backup_failed", To.TOLD),
        _measure("backup_none_left", To.REPAIRERS, supersedes=_ALONE),
        _measure("spare", To.LOGISTICS, supersedes=_ALONE),
        _measure("helper_accepted", To.ASKER, supersedes=_ALONE),
        _measure("helper_declined", To.ASKER, supersedes=_ALONE),
        _measure("helper_silent", To.ASKER, supersedes=_ALONE),
        _measure("no_go", To.REPAIRERS, held=False),
        # The post-incident report
        _report("report_drafted"),
        _report("report_reminded"),
        _report("report_overdue"),
        _report("report_submitted", personal=True),
        _report("report_approved", personal=True),
        _report("report_returned", personal=True),
        _report("report_sent", personal=True),
        # What belongs to no incident
        _kind("reminder", To.CALENDAR, supersedes=_ALONE, keep=KEEP_REMINDER, paper=True, takes=False),
        _kind("digest", To.TARGET, supersedes=_ALONE, takes=False),
        _kind("test", To.TARGET, supersedes=_ALONE, takes=False),
    )
}

NotifyType = Literal["failure", "warning", "info", "success"]
"""What a channel that has types shows as a colour or a sign; the names are Apprise's."""
_BY_SEVERITY: Mapping[str, NotifyType] = {"critical": "failure", "warning": "warning", "notice": "info"}


def notify_type(kind: MessageKind, severity: str) -> NotifyType:
    """severity: of the incident; "" for none."""
    if kind.ends:
        return "success"
    if kind.paper or kind.to in (To.TARGET, To.WRITER):
        return "info"
    return _BY_SEVERITY.get(severity, "warning")


ENTERED_AGAIN: Mapping[str, MessageKind] = {why: kind for kind in MESSAGE_KINDS.values() for why in kind.again}
"""Why a chain was entered again → the words of its first step: to say that nobody took it would often be untrue."""


def gives_way(old: MessageKind, new: MessageKind) -> bool:
    """True where the newer one about the same incident says all that the older one had to say. A paper says nothing of
    what is broken, and nothing but the end says that it is over."""
    if old.personal or new.personal or old.paper is not new.paper:
        return False
    return new.ends or not old.ends


def kind_named(name: str) -> MessageKind:
    """The kind; a plain alarm for one that this version does not know."""
    return MESSAGE_KINDS.get(name) or _kind(name, To.STEP, "opened")
