"""Times to detect, take, mitigate and restore, against the plan's targets. Pure; all count from the fault's start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerting.model.fault import Severity
from alerting.papers.report.case_file import CaseFile
from alerting.plan.report_rules import Targets

NAMES = ("detect", "acknowledge", "mitigate", "restore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One time. seconds: None where it never came. met: None where it was not needed, or cannot be judged yet.

    why: "" or what stands instead of a value: "reported" (a person saw it, no probe), "healed" (over before it was
    needed), "not_planned" (the chain starts no backup), "missing" (should have come and did not), "open".
    """

    name: str
    seconds: float | None
    target: float
    met: bool | None
    why: str = ""


def measure(case: CaseFile, targets: Targets) -> tuple[Measured, ...]:
    """The four times in their order."""
    return tuple(_measure(case, targets))


def _measure(case: CaseFile, targets: Targets) -> Iterator[Measured]:
    incident, began = case.incident, case.began
    if incident.opened_by != "roomwatch" and incident.opened_at <= began:
        yield Measured(name="detect", seconds=None, target=targets.detect, met=None, why="reported")
    else:
        yield _held("detect", incident.opened_at - began, targets.detect)
    taken = case.first("taken")
    needed = incident.worst is not Severity.NOTICE
    yield _one("acknowledge", taken.at if taken else None, case, targets.acknowledge, needed)
    moves = any(step.action == "backup" for step in incident.chain)
    mitigated = case.first("mitigated")
    at = mitigated.at if mitigated is not None else incident.mitigated_at
    yield _one("mitigate", at, case, targets.mitigate, moves)
    yield _one("restore", case.ended, case, targets.restore, True)


def _held(name: str, seconds: float, target: float) -> Measured:
    return Measured(name=name, seconds=seconds, target=target, met=seconds <= target)


def _one(name: str, at: float | None, case: CaseFile, target: float, needed: bool) -> Measured:
    if at is not None:
        return _held(name, at - case.began, target)
    lasted = case.end - case.began
    if not needed:
        return Measured(name=name, seconds=None, target=target, met=None, why="not_planned")
    if lasted <= target:
        why = "healed" if case.ended is not None else "open"
        return Measured(name=name, seconds=None, target=target, met=None, why=why)
    return Measured(name=name, seconds=None, target=target, met=False, why="missing" if case.ended else "open")
