"""What is done about an incident beside telling people: remedies, backups, spares, helpers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from alerting.model.reason import Reason


class RemedyState(StrEnum):
    """proposed: waits for its moment or a person's word. announced: people know, the notice time runs. done: it ran
    and the probes' verdict is awaited. unknown: the monitor ended while it ran."""

    PROPOSED = "proposed"
    ANNOUNCED = "announced"
    RUNNING = "running"
    DONE = "done"
    VERIFIED = "verified"
    NOT_HELPED = "not_helped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def over(self) -> bool:
        return self not in _REMEDY_GOES_ON


_REMEDY_GOES_ON = (RemedyState.PROPOSED, RemedyState.ANNOUNCED, RemedyState.RUNNING, RemedyState.DONE)


class RemedyRun(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a declared remedy. name: its id in the plan; kind, target: what is done to what; code, fault_target:
    the fault that it should clear. Times are Unix seconds, None where not yet.

    why: what an unapproved one waits for ("word", "meeting", "limit"). in_meeting: the approval was given although a
    meeting ran or could not be ruled out; None before it was weighed. dry: nothing was really done (drill, observe).
    """

    name: str
    kind: str
    target: str = ""
    code: str
    fault_target: str = ""
    state: RemedyState = RemedyState.PROPOSED
    proposed_at: float
    why: str = ""
    approved_by: str = ""
    in_meeting: bool | None = None
    due_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    verify_until: float | None = None
    detail: Reason = Reason()
    command: str = ""
    dry: bool = False


class BackupState(StrEnum):
    """proposed: people are asked to start it. starting: the room's machine starts it. started: participants were told
    to go there. in_use: somebody (or the machine's own check) says that the meeting goes on there."""

    PROPOSED = "proposed"
    STARTING = "starting"
    STARTED = "started"
    IN_USE = "in_use"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self is BackupState.FAILED


class BackupRun(msgspec.Struct, frozen=True, kw_only=True):
    """One way to go on with the meeting, as it stood in the plan when it was chosen. by: who started it.

    last: nobody has to be told again that the plan has no other after it."""

    name: str
    title: str
    kind: str
    place: str = ""
    application: str = ""
    state: BackupState = BackupState.PROPOSED
    at: float
    by: str = ""
    started_at: float | None = None
    detail: Reason = Reason()
    last: bool = False


class SpareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A spare that logistics was asked to bring. material: id in the plan, "" where none is in stock; spare: the
    catalogue's key. title, place: as the plan had them. taken_by: who took it out of the store."""

    material: str
    spare: str
    title: str = ""
    place: str = ""
    at: float
    taken_by: str = ""


class HelpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """人员协调: somebody was asked to help on the spot. answer: "", "accepted" or "declined"."""

    contact: str
    asked_by: str = ""
    asked_at: float
    answer: str = ""
    answered_at: float | None = None
    reminded: bool = False


class NoGo(msgspec.Struct, frozen=True, kw_only=True):
    """The last check before a meeting that found this incident in its way. starts_at: the meeting, Unix seconds.

    title, kind, place: the backup that the plan names for it, "" where it names none.
    """

    starts_at: float
    title: str = ""
    kind: str = ""
    place: str = ""
