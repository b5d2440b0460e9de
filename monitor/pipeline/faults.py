"""Translates settled check states into faults for the plan: symptoms and maintenance are seen, not alarmed."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from alerting.model.catalogue import KINDS
from alerting.model.fault import Fact, Fault
from monitor.pipeline.causes_and_symptoms import Correlation, correlate
from monitor.pipeline.held_back import HeldBack
from monitor.pipeline.reason_of_probe import as_fact
from monitor.pipeline.snapshot import Entry, Key
from probes.reading import Reading

FaultKey = tuple[str, str, str]
"""(room, code, target)."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """faults: those to be announced, by key. held: codes that are a symptom or in maintenance, with the reason."""

    faults: Mapping[FaultKey, Fault]
    held: Mapping[Key, str]
    correlation: Correlation


def assess(
    room: str,
    entries: Mapping[Key, Entry],
    held_back: HeldBack,
    held_before: Container[Key] = frozenset(),
) -> Assessment:
    """Sort all failing checks into faults to announce and symptoms to list.

    held_before: checks whose faults were held at the last call. What held them may end in the same run as they do: such
    a fault is announced only where the newest reading still shows it.
    """
    failing: dict[Key, str] = {key: entry.state.fault for key, entry in entries.items() if entry.state.fault}
    pending = [
        (entry.state.candidate.fault, key[1])
        for key, entry in entries.items()
        if entry.state.suspicious and entry.state.candidate is not None
    ]
    seen = {*((code, key[1]) for key, code in failing.items()), *pending}
    known = [code for code in dict(seen) if code in KINDS]
    correlation = correlate(known, KINDS)
    explains = correlation.explains
    own = {
        key
        for key, code in failing.items()
        if (cause := explains(code)) and KINDS[code].same_target and (cause, key[1]) not in seen
    }
    correlation = correlation.without({failing[key] for key in own})
    faults: dict[FaultKey, Fault] = {}
    held: dict[Key, str] = {}
    for key, code in failing.items():
        cause = "" if key in own else explains(code)
        why = f"symptom of {cause}" if cause else held_back.why(key[0], code, key[1])
        if not why and key in held_before and not _seen_now(entries[key]):
            why = "its newest reading does not show it"
        if why:
            held[key] = why
            continue
        fault = make_fault(room, entries[key], correlation.causes.get(code, ()), held_back.now)
        faults[fault.key] = fault
    return Assessment(faults, held, correlation)


def _seen_now(entry: Entry) -> bool:
    last = entry.state.last
    return last is not None and last.fault == entry.state.fault


def make_fault(room: str, entry: Entry, symptoms: tuple[str, ...], now: float) -> Fault:
    """One fault with the evidence of the reading that settled it."""
    evidence: dict[str, Fact] = {"check": entry.outcome.check, "status": entry.state.settled}
    if isinstance(entry.outcome, Reading):
        evidence |= entry.outcome.values
        evidence |= {name: as_fact(fact) for name, fact in entry.outcome.evidence.items()}
    if entry.note:
        evidence["reason"] = as_fact(entry.note)
    return Fault(
        room=room,
        code=entry.state.fault,
        target=entry.outcome.target,
        since=min(entry.state.since or now, now),
        evidence=evidence,
        symptoms=symptoms,
    )
