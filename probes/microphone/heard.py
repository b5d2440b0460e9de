"""From the capturing child's answer to an outcome: what the judge said, weighed by what is known of the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probes.microphone.listening import FILE, Listening
from probes.microphone.source_kind import Facts
from probes.reading import CannotMeasure, Context, Evidence, Outcome, Reading
from probes.why import because, why_in

CHECK = "microphone"


def weigh(answer: Mapping[str, object], target: str, facts: Facts, context: Context) -> Outcome:
    """The child's answer, with what is known of the source and of its earlier bursts."""
    outcome = interpret(answer, target)
    label = str(answer.get("label", ""))
    if not isinstance(outcome, Reading) or label in ("", "missing"):
        return outcome
    listening = context.memory.setdefault("listening", Listening(context.state / FILE))
    assert isinstance(listening, Listening)
    said = listening.hear(target, facts, label, outcome.confidence, outcome.values, context.now())
    if said.label == "unknown":
        return CannotMeasure(check=CHECK, target=target, reason=said.why or because("sound_cannot_tell"))
    evidence = {**outcome.evidence, "source_kind": said.kind}
    if said.suspected:
        evidence["suspected"] = f"microphone_{said.suspected}"
    return replace(outcome, finding=_code(said.label), evidence=evidence)


def _code(label: str) -> str:
    return {"healthy": "", "muted": "microphone_cut"}.get(label, f"microphone_{label}")


def interpret(answer: Mapping[str, object], target: str) -> Outcome:
    """The child's answer → an outcome. Its labels are the catalogue's codes without "microphone_"."""
    problem, detail = str(answer.get("problem", "")), str(answer.get("detail", ""))
    if problem in ("busy", "refused", "absent", "gone"):
        said = because(f"capture_{problem}")
        said = because("with_detail", why=said, detail=detail) if detail else said
        holder = "unknown" if problem == "busy" else ""
        return CannotMeasure(check=CHECK, target=target, reason=said, busy_holder=holder)
    label = str(answer.get("label", ""))
    numbers = answer.get("numbers")
    values = {str(k): float(v) for k, v in numbers.items()} if isinstance(numbers, dict) else {}
    reason = why_in(answer.get("reason"))
    if problem == "stalled" or label == "missing":
        stalled = why_in(answer.get("stalled")) or reason
        evidence: Evidence = {"reason": stalled} if stalled else {"detail": detail}
        return Reading(check=CHECK, target=target, values=values, finding="microphone_stalled", evidence=evidence)
    if label == "unusable":
        reason = because("sound_unusable", why=reason) if reason else because("no_usable_answer")
        return CannotMeasure(check=CHECK, target=target, reason=reason)
    if label == "unknown":
        return CannotMeasure(check=CHECK, target=target, reason=reason or because("sound_cannot_tell"))
    confidence = answer.get("confidence")
    return Reading(
        check=CHECK,
        target=target,
        values=values,
        finding=_code(label),
        confidence=float(confidence) if isinstance(confidence, int | float) else 1.0,
        evidence={"judged": reason} if reason else {},
    )
