"""What a message is made of: its kind, the facts that it tells, the ways to take it, and what comes of them.

It has no field for meeting titles and attendees.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from alerting.messages.kinds import MessageKind
from alerting.model.incident import Incident
from alerting.model.reason import Reason

Role = Literal["technical", "leadership", "logistics", "participants"]
"""What a reader has to do with a fault: repair it, decide, bring things, or sit in the meeting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What a message says; alerting/messages/message_text.py makes words of it.

    kind: of alerting/messages/kinds.py. incidents: the one it is about, or a digest's, newest first, at most 20 of
    ``count``. text: what a person wrote (an order, what was done).
    now: Unix seconds. action: "tell" or "backup". journal_down: the journal cannot be written at this moment.
    """

    kind: str
    incidents: tuple[Incident, ...]
    contact: str
    channel: str
    language: str
    now: float
    key: str = ""
    reason: Reason = Reason()
    by: str = ""
    text: str = ""
    action: str = "tell"
    count: int = 1
    journal_down: bool = False

    @property
    def incident(self) -> Incident:
        return self.incidents[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToTake:
    """The ways by which this person can take it; those that are not set up stay empty.

    link: a signed link. reply: True where a reply by mail is read. topic: an MQTT or ntfy topic that is listened to.
    code: what proves that this person answers, by mail or topic. host, by: the machine on which commands are typed and
    the contact's id, so that a command can be pasted whole on any machine; "" leaves them out.
    """

    link: str = ""
    code: str = ""
    reply: bool = False
    topic: str = ""
    host: str = ""
    by: str = ""

    @property
    def run(self) -> str:
        """How a command begins."""
        return f"ssh {shlex.quote(self.host)} roomwatch" if self.host else "roomwatch"

    @property
    def in_whose_name(self) -> str:
        """How a command ends."""
        return f" --by {shlex.quote(self.by)}" if self.by else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One incident within a digest. others: what else of it is broken, as in a Notice."""

    number: int
    room: str
    code: str
    target: str = ""
    severity: str = "warning"
    over: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWords:
    """Words of a measure (a remedy, a backup, a spare), made by who knows it; see alerting/messages/measure_wording.py.

    head: the title's second half instead of fault and state, "" to keep both. state: in brackets, "" for the kind's
    own. first: lines before everything else. plain: nothing technical after them.
    """

    state: str = ""
    head: str = ""
    first: tuple[str, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened, as facts. Times are Unix seconds, None where not so; room is the name people use.

    severity: "notice", "warning" or "critical". meeting: True while one runs, None where unknown. who: the person
    who confirmed, took or ordered. text: that person's words (an order, what was done, where the meeting goes on).
    symptoms: fault codes that this one explains. others: what else is broken; new, mended: what has changed since the
    reader was last told; each as a code and, after a space, its target. evidence: the fault's, for its detail. lines:
    the incidents of a digest, more: how many it does not list. due: until when the report must be signed. measure: what
    this message tells of a measure; standing: what is already being done, in one phrase; by_machine: what a remedy
    did. role: the reader's; bring: what logistics should get ready, in one sentence. place: the room with its floor and
    site, "" where the name says it all.
    """

    kind: MessageKind
    room: str
    place: str = ""
    role: Role = "technical"
    bring: str = ""
    number: int = 0
    code: str = ""
    target: str = ""
    severity: str = "warning"
    drill: bool = False
    aborted: bool = False
    now: float
    since: float = 0.0
    meeting: bool | None = None
    taken_by: str = ""
    confirmed_by: str = ""
    mitigated_at: float | None = None
    resolved_at: float | None = None
    resolved_by: str = ""
    """Who declared it over; "" where nobody did."""
    unwatched: bool = False
    reported: tuple[tuple[str, str], ...] = ()
    """Who reported it, in what words."""
    who: str = ""
    text: str = ""
    symptoms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[MessageLine, ...] = ()
    more: int = 0
    due: float | None = None
    measure: MeasureWords | None = None
    standing: str = ""
    by_machine: str = ""
    journal_written: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in words. title: one line. body: plain text. short: one text, for SMS and what has narrow limits."""

    title: str
    body: str
    short: str


class Render(Protocol):
    """Makes words of facts. Must not fail for a fault code or a language that has no words: it says the code then."""

    def __call__(self, facts: MessageFacts) -> Rendered: ...
