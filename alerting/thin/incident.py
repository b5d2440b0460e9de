"""An incident: faults of one room with one cause, as independent facts. Pure; refuses to send or to store."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from alerting.fault import Severity

Phase = Literal["open", "mitigated", "resolved", "closed"]


class FaultRecord(msgspec.Struct, kw_only=True):
    """One fault of the incident. cleared_at: None while it stands."""

    code: str
    target: str = ""
    since: float = 0.0
    cleared_at: float | None = None
    evidence: dict[str, Any] = {}


class Incident(msgspec.Struct, kw_only=True):
    """Facts with their times (Unix seconds, None: not so). told: contact → time of the first accepted delivery.

    steps_done: names of the chain's steps that were decided in this round. round counts how often escalation began
    anew (severity rose, an acknowledgement ran out); base is when that round's clock started.
    """

    id: str
    number: int
    room: str
    opened_at: float
    code: str
    fault_class: str
    severity: Severity
    phase: Phase = "open"
    drill: bool = False
    faults: list[FaultRecord] = []
    symptoms: list[str] = []
    taken_by: str = ""
    taken_at: float | None = None
    confirmed_by: str = ""
    confirmed_at: float | None = None
    mitigated_at: float | None = None
    resolved_at: float | None = None
    closed_at: float | None = None
    told: dict[str, float] = {}
    decided_for: list[str] = []
    steps_done: list[str] = []
    repeats: int = 0
    last_repeat_at: float | None = None
    round: int = 0
    round_began_at: float = 0.0
    exhausted: bool = False
    plan_version: str = ""
    chain_name: str = ""

    @property
    def active(self) -> bool:
        return self.phase in ("open", "mitigated")

    def standing(self) -> list[FaultRecord]:
        return [fault for fault in self.faults if fault.cleared_at is None]

    def find(self, code: str, target: str) -> FaultRecord | None:
        """The standing record of this fault."""
        return next((one for one in self.standing() if (one.code, one.target) == (code, target)), None)

    def begin_round(self, now: float) -> None:
        """Escalate from the first step again; who was told stays known for the recovery."""
        self.round += 1
        self.round_began_at = now
        self.steps_done = []
        self.repeats = 0
        self.last_repeat_at = None
        self.exhausted = False


def encode(incident: Incident) -> str:
    return msgspec.json.encode(incident).decode()


def decode(text: str) -> Incident:
    return msgspec.json.decode(text, type=Incident)


def joins(incident: Incident, code: str, target: str, symptoms: tuple[str, ...], check_of: dict[str, str]) -> bool:
    """True when a new fault belongs to this open incident: same check and target, or one explains the other."""
    if code in incident.symptoms or incident.code in symptoms:
        return True
    check = _area(code, check_of)
    return any(one.target == target and _area(one.code, check_of) == check for one in incident.faults)


def _area(code: str, check_of: dict[str, str]) -> str:
    """ "network.dns" → "network": faults of one area on one target are one story."""
    return check_of.get(code, code).partition(".")[0]
