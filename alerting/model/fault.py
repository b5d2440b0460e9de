"""The catalogue's types: what a fault is, its class and severity, what it depends on, its patience.

The entries are in alerting/model/catalogue/, so that a plan can be checked without a machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from alerting.model.reason import Reason

Fact = str | float | int | bool | Reason
"""One piece of evidence. A reason is one of a probe: its words are in the catalogues under ``why.<code>``."""


class FaultClass(StrEnum):
    """The plan's risk analysis (风险分析)."""

    SOFTWARE = "software"
    NETWORK = "network"
    DEVICE = "device"
    OPERATOR = "operator"
    EXTERNAL = "external"
    OTHER = "other"


class Severity(IntEnum):
    """How much it matters now: fault × meeting. Higher is worse."""

    NOTICE = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One entry of the catalogue.

    code: stable name ("camera_frozen"). check: the check that finds it; "" where only people or the monitor do.
    depends_on: checks without which this one cannot work; while one of them has a fault, this is its symptom.
    same_target: only of its own target; a program that has ended says nothing about whether another one answers.
    partial: what depends on its check goes on, only worse: it explains nothing that is heavier than itself.
    patience: seconds that the state must last before a fault is opened (the plan may override it).
    weight: severity while a meeting runs; the plan lowers it outside one.
    spare: the material list's key for what logistics should bring; "" where none helps.
    floor: the least severity by default, meeting or none: who troubles to report something is waiting.
    proof: alarms only in a room where the check has been seen working once, or is expected to: what was never there is
    not set up, which is no fault.
    """

    code: str
    fault_class: FaultClass
    check: str = ""
    depends_on: tuple[str, ...] = ()
    same_target: bool = False
    partial: bool = False
    patience: float = 0.0
    weight: Severity = Severity.CRITICAL
    spare: str = ""
    proof: bool = False
    floor: Severity = Severity.NOTICE


UNWATCHED = "unwatched"
"""Evidence of a fault that ends only because its check is made no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, open or cleared, as the monitor hands it over. Times are Unix seconds.

    key: (room, code, target) names the same fault over time. symptoms: codes of faults that this one explains.
    """

    room: str
    code: str
    target: str = ""
    since: float
    evidence: Mapping[str, Fact] = field(default_factory=dict)
    symptoms: tuple[str, ...] = ()
    drill: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.room, self.code, self.target)
