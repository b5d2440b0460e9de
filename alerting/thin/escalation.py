"""Which steps of the chain are due: a pure function of (incident, chain, now). Refuses to know about channels.

A step's clock starts with the first accepted delivery of the round, so that while nothing can be delivered no
time-out piles up; a way that is permanently closed does not wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerting.thin.incident import Incident
from alerting.thin.plan import Chain, Plan

Kind = Literal["opened", "escalated", "repeated", "exhausted", "resumed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStep:
    """One step that must happen now. name is unique in a round; reason is for the journal."""

    name: str
    kind: Kind
    contacts: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the outbox knows of this round. first_sent: earliest acceptance, None while there is none.

    hopeless: every message of the round so far failed for good, so that waiting for an answer is pointless.
    """

    first_sent: float | None = None
    hopeless: bool = False


def due_steps(incident: Incident, plan: Plan, chain: Chain, delivered: Delivered, now: float) -> list[DueStep]:
    """Steps that are due and not yet decided, in order. An incident that is taken or over has none."""
    if not incident.active or is_taken(incident, plan, now):
        return []
    due: list[DueStep] = []
    for index, step in enumerate(chain.steps):
        name = f"{incident.round}.{index}"
        if name in incident.steps_done:
            continue
        if index == 0:
            kind: Kind = "opened" if incident.round == 0 else "resumed"
            reason = "the incident began" if incident.round == 0 else "escalation began anew"
        elif delivered.hopeless:
            kind, reason = "escalated", "nobody before could be told"
        elif delivered.first_sent is not None and now >= delivered.first_sent + step.after:
            kind, reason = "escalated", f"not taken {step.after:g} s after the first message"
        else:
            break
        due.append(DueStep(name=name, kind=kind, contacts=plan.people(step.tell), reason=reason))
        if not delivered.hopeless and index == 0 and delivered.first_sent is None:
            break
    all_done = len(incident.steps_done) + len(due) >= len(chain.steps)
    if all_done and not due:
        due.extend(_after_the_last(incident, chain, plan, delivered, now))
    return due


def is_taken(incident: Incident, plan: Plan, now: float) -> bool:
    """True while somebody's acknowledgement holds."""
    if incident.taken_at is None or not incident.taken_by:
        return False
    return now < incident.taken_at + plan.acknowledgement_runs_out


def _after_the_last(incident: Incident, chain: Chain, plan: Plan, delivered: Delivered, now: float) -> list[DueStep]:
    if delivered.first_sent is None:
        if delivered.hopeless and not incident.exhausted:
            return [_exhausted(incident, chain, plan, "nobody could be told")]
        return []
    if chain.repeat_every <= 0:
        return []
    last = incident.last_repeat_at or delivered.first_sent + chain.steps[-1].after
    if now < last + chain.repeat_every:
        return []
    if incident.repeats >= chain.repeat_times:
        if incident.exhausted:
            return []
        return [_exhausted(incident, chain, plan, "the chain ended without an answer")]
    contacts = plan.people(tuple(name for step in chain.steps for name in step.tell))
    number = incident.repeats + 1
    return [
        DueStep(
            name=f"{incident.round}.repeat{number}",
            kind="repeated",
            contacts=contacts,
            reason=f"still not taken, repeat {number} of {chain.repeat_times}",
        )
    ]


def _exhausted(incident: Incident, chain: Chain, plan: Plan, reason: str) -> DueStep:
    everybody = plan.people(tuple(name for step in chain.steps for name in step.tell))
    return DueStep(name=f"{incident.round}.exhausted", kind="exhausted", contacts=everybody, reason=reason)


def next_time(incident: Incident, plan: Plan, chain: Chain, delivered: Delivered, now: float) -> float | None:
    """When to look again; None when only an event can make a step due."""
    if not incident.active:
        return None
    if is_taken(incident, plan, now):
        return (incident.taken_at or now) + plan.acknowledgement_runs_out
    if delivered.first_sent is None:
        return None
    times = [
        delivered.first_sent + step.after
        for index, step in enumerate(chain.steps)
        if f"{incident.round}.{index}" not in incident.steps_done
    ]
    if not times and chain.repeat_every > 0 and not incident.exhausted:
        last = incident.last_repeat_at or delivered.first_sent + chain.steps[-1].after
        times = [last + chain.repeat_every]
    return min(times, default=None)
