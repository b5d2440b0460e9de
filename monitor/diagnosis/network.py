"""One walk of the network ladder as data: rungs, the verdict over them, and a closer look at what is broken.

Does not print; words come in through ``sentences``, in the reader's language.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from alerting.model.catalogue import KINDS
from alerting.words import LANGUAGES, Words, load_words
from monitor.pipeline.causes_and_symptoms import correlate
from probes.judge_reading import Threshold, judge
from probes.network import Settings, thresholds
from probes.network.closer_look import LEASE, PATH, look_closer, worth_it
from probes.network.ladder import probe
from probes.reading import Context, NothingToMeasure, Outcome, Reading

MILLISECONDS = (
    "gateway_rtt_seconds",
    "gateway_arp_seconds",
    "dns_seconds",
    "dns_resolver_seconds",
    "internet_rtt_seconds",
    "internet6_rtt_seconds",
    "proxy_connect_seconds",
    "service_seconds",
    "stun_rtt_seconds",
    "media_rtt_seconds",
)
"""The one time that a rung shows, the first that it has."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the view. status: ok, degraded, failed, unknown, absent, or note (a closer look, without a verdict).

    seconds: its time, None where none. note: why, as a code and its values.
    """

    check: str
    target: str
    status: str
    fault: str
    note: Any
    seconds: float | None
    values: dict[str, float]
    evidence: dict[str, Any]


def rung(outcome: Outcome, limits: tuple[Threshold, ...]) -> Rung:
    if isinstance(outcome, Reading):
        judgement = judge(outcome, limits)
        values = {name: value for name, value in outcome.values.items() if value == value}
        seconds = next((values[name] for name in MILLISECONDS if name in values), None)
        note = outcome.evidence.get("reason", "") or (judgement.reason if judgement.fault else "")
        status = "note" if outcome.check in (LEASE, PATH) else judgement.status.value
        evidence = msgspec.to_builtins(dict(outcome.evidence))
        said = msgspec.to_builtins(note)
        return Rung(outcome.check, outcome.target, status, judgement.fault, said, seconds, values, evidence)
    status = "absent" if isinstance(outcome, NothingToMeasure) else "unknown"
    note = msgspec.to_builtins(outcome.reason)
    return Rung(outcome.check, outcome.target, status, "", note, None, {}, {})


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """cause: the fault code to act on first, "" when all is well. others: further causes. symptoms: explained ones."""

    cause: str
    others: tuple[str, ...]
    symptoms: tuple[str, ...]


def verdict(rungs: Sequence[Rung]) -> Diagnosis:
    """The deepest failing rung is the cause; of several independent ones the heavier, then the deeper."""
    failing = list(dict.fromkeys(one.fault for one in rungs if one.fault))
    if not failing:
        return Diagnosis("", (), ())
    causes = correlate(failing, KINDS).causes
    ranked = sorted(causes, key=lambda code: (-KINDS[code].weight, failing.index(code)))
    symptoms = tuple(sorted({code for codes in causes.values() for code in codes}))
    return Diagnosis(ranked[0], tuple(ranked[1:]), symptoms)


async def diagnose(
    settings: Settings,
    context: Context,
    step: Callable[[Rung], None] = lambda one: None,
    closer: Callable[[], None] = lambda: None,
) -> tuple[list[Rung], Diagnosis]:
    """Walk the ladder, then look closer at what it found. step: called with each rung as it is known; closer: before
    the closer look, which takes some seconds."""
    limits = thresholds(settings)
    rungs: list[Rung] = []

    def take(outcome: Outcome) -> None:
        rungs.append(rung(outcome, limits))
        step(rungs[-1])

    outcomes = await probe(settings, context, take)
    found = verdict(rungs)
    faults = (found.cause, *found.others)
    if worth_it(faults):
        closer()
        for outcome in await look_closer(faults, outcomes, settings, context):
            take(outcome)
    return rungs, found


def sentences(rungs: Sequence[Rung], found: Diagnosis, words: Words) -> list[str]:
    """The verdict in plain language: one sentence that names the broken hop, then what is known of the place."""
    if not found.cause:
        return [words.text("diagnose.network.well")]
    lines = [words.text(f"fault.{found.cause}.what")]
    guilty = next(one for one in rungs if one.fault == found.cause)
    lines.append(words.detail(found.cause, guilty.evidence))
    lines += [_closer_sentence(one, words) for one in rungs if one.check in (LEASE, PATH)]
    return [one for one in lines if one]


def _closer_sentence(one: Rung, words: Words) -> str:
    """What a closer look found, as a sentence; "" where it found nothing to say."""
    evidence = one.evidence
    if one.status != "note":
        return ""
    if one.check == LEASE:
        kind = "servers" if "servers" in evidence else "offered" if evidence.get("offers") else "silent"
        return words.text(f"diagnose.lease.{kind}", **evidence)
    before, at, loss = evidence.get("before", ""), evidence.get("at", ""), one.values.get("path_loss_ratio", 0.0)
    if not evidence.get("reached"):
        kind = "after" if before else "nowhere"
    elif at:
        kind = "between" if before else "until"
    else:
        return ""
    transport = evidence.get("transport", "")
    return words.text(f"diagnose.path.{kind}", before=before, at=at, loss=f"{loss:.0%}", transport=transport)


def document(rungs: Sequence[Rung], found: Diagnosis) -> dict[str, Any]:
    """The whole as JSON, for scripts and for the journal: rungs, verdict, and its sentences in every language."""
    told = {language: sentences(rungs, found, load_words(language)) for language in LANGUAGES}
    rows = [dataclasses.asdict(one) for one in rungs]
    return {"rungs": rows, **dataclasses.asdict(found), "sentences": told}
