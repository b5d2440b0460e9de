"""Words of remedies, backups, spares and helpers: which thing, which place and what to type, in the first lines.

Every text comes from the catalogues under ``course``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from alerting.messages.facts import HowToTake, MeasureWords, MessageFacts
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.model.incident import Incident
from alerting.model.measures import BackupRun, BackupState, RemedyRun, RemedyState
from alerting.words import Words

R = RemedyState
_STATES: dict[str, tuple[RemedyState, ...]] = {
    "remedy_proposed": (R.PROPOSED,),
    "remedy_announced": (R.ANNOUNCED,),
    "remedy_put_off": (R.PROPOSED,),
    "remedy_withdrawn": (R.WITHDRAWN, R.REFUSED),
    "remedy_limited": (R.REFUSED,),
    "remedy_failed": (R.FAILED,),
    "remedy_not_helped": (R.NOT_HELPED,),
    "remedy_unknown": (R.UNKNOWN,),
}


def measure_words(
    facts: MessageFacts,
    words: Words,
    *,
    zone: dt.tzinfo | None,
    room: str,
    fault: str,
    name: Callable[[str], str],
    participant: bool,
    ways: HowToTake,
) -> MeasureWords | None:
    """The words of a message about a measure; None for every other message. ways: for the commands in it."""
    incident, kind = facts.incident, facts.kind
    typed = {"run": ways.run, "by": ways.in_whose_name, "number": incident.id}
    if facts.action == "backup" or kind == "backup":
        return _backup(incident, words, fault, typed, participant=participant)
    if kind in ("moved", "moved_info", "backup_failed", "backup_none_left"):
        return _moved(kind, incident, words, fault, typed, participant=participant)
    if kind in _STATES:
        return _remedy(kind, incident, words, zone, ReasonNames(person=name), typed, participant=participant)
    if kind == "no_go":
        return _no_go(incident, words, zone, facts.now)
    if kind == "spare":
        return _spare(incident, words, room, fault, typed)
    if kind in ("helper_accepted", "helper_declined", "helper_silent", "assigned"):
        values = {"who": name(facts.by), **typed}
        first = words.text(f"course.{kind}.first", **values)
        if kind == "assigned":
            state = words.text("message.kind.assigned", severity="", who="")
            return MeasureWords(state=state, first=(words.text("message.assigned", **values), first))
        return MeasureWords(state=words.text(f"course.{kind}.state", **values), first=(first,))
    return None


def _no_go(incident: Incident, words: Words, zone: dt.tzinfo | None, now: float) -> MeasureWords | None:
    """When the meeting is, how long that is from when this was written, and the way round."""
    found = incident.no_go
    if found is None:
        return None
    at = dt.datetime.fromtimestamp(found.starts_at, zone).strftime("%H:%M")
    minutes = max(0, round((found.starts_at - now) / 60))
    first = [words.text("course.no_go.first", time=at, minutes=minutes)]
    if found.kind:
        run = BackupRun(name="", title=found.title, kind=found.kind, place=found.place, at=now)
        first.append(words.text("course.no_go.backup", title=found.title, how=_place(run, words)))
    else:
        first.append(words.text("course.no_go.no_backup"))
    return MeasureWords(state=words.text("course.no_go.state", time=at), first=tuple(first))


def standing(incident: Incident, words: Words) -> str:
    """What is already being done, for every later message: who reads only the newest must not miss it."""
    parts = []
    if incident.backup is not None:
        run = incident.backup
        key = "proposed" if run.state is BackupState.PROPOSED else "in_use"
        parts.append(words.text(f"course.standing.backup_{key}", title=run.title, place=run.place).rstrip("：: "))
    active = next((run for run in incident.remedies if run.state in (R.RUNNING, R.DONE)), None)
    if active is not None:
        parts.append(words.text("course.standing.remedy", what=what_of(active, words)))
    return words.text("message.comma").join(parts)


def done_by_machine(incident: Incident, words: Words) -> str:
    """What the remedies did, for the message that it is over; "" where none helped."""
    helped = [run for run in incident.remedies if run.state in (R.DONE, R.VERIFIED, R.RUNNING) and not run.dry]
    if not helped:
        return ""
    return words.text("course.done_by_machine", what=what_of(helped[-1], words))


def what_of(run: RemedyRun, words: Words) -> str:
    """The remedy as people speak of it: "restart of zoom"."""
    return words.text(f"course.remedy.{run.kind}", target=run.target).strip()


def _remedy(
    kind: str,
    incident: Incident,
    words: Words,
    zone: dt.tzinfo | None,
    names: ReasonNames,
    typed: Mapping[str, object],
    *,
    participant: bool,
) -> MeasureWords | None:
    run = next((one for one in reversed(incident.remedies) if one.state in _STATES[kind]), None)
    if run is None:
        return None
    due = dt.datetime.fromtimestamp(run.due_at, zone).strftime("%H:%M:%S") if run.due_at is not None else ""
    values = {
        **typed,
        "what": what_of(run, words),
        "noun": words.text(f"course.remedy_noun.{run.kind}", target=run.target).strip(),
        "time": due,
        "detail": say_reason(run.detail, words, names) or "—",
    }
    first = [words.text(f"course.{kind}.first", **values)]
    if not participant:
        reason = f"course.{kind}.because_{run.why}"
        if kind in ("remedy_proposed", "remedy_put_off") and words.has(reason):
            first.append(words.text(reason))
        if words.has(f"course.{kind}.act"):
            act = words.text(f"course.{kind}.act", **values)
            first.insert(0 if kind == "remedy_proposed" else len(first), act)
    state = words.text(f"course.{kind}.state", **values)
    return MeasureWords(state=state, first=tuple(first), plain=participant)


def _place(run: BackupRun, words: Words) -> str:
    """Where it is, as an order: the link whole, the room by name."""
    if run.kind == "offline" and not run.place:
        return words.text("course.place.offline_open")
    return words.text(f"course.place.{run.kind}", place=run.place)


def _backup(
    incident: Incident, words: Words, fault: str, typed: Mapping[str, object], *, participant: bool
) -> MeasureWords | None:
    run = incident.backup
    if run is None:
        return None
    if participant:
        return _for_the_room(run, words, fault)
    acts = (words.text("course.backup.act", **typed), words.text("course.backup.then", **typed))
    return MeasureWords(
        state=words.text("course.backup.state", title=run.title),
        first=(_place(run, words), *acts[: 1 + (run.place != "")]),
    )


def _for_the_room(run: BackupRun, words: Words, fault: str) -> MeasureWords:
    why = words.text("course.because", fault=fault)
    head = words.text(f"course.moved.head_{run.kind}", title=run.title, place=run.place or run.title)
    return MeasureWords(head=head, first=(_place(run, words), why), plain=True)


def _moved(
    kind: str, incident: Incident, words: Words, fault: str, typed: Mapping[str, object], *, participant: bool
) -> MeasureWords | None:
    if kind == "backup_none_left":
        return MeasureWords(state=words.text(f"course.{kind}.state"), first=(words.text(f"course.{kind}.first"),))
    if kind == "backup_failed":
        run = next((one for one in reversed(incident.backups) if one.state is BackupState.FAILED), None)
        if run is None:
            return None
        values = {"title": run.title, **typed}
        state, first = words.text(f"course.{kind}.state", **values), words.text(f"course.{kind}.first", **values)
        return MeasureWords(state=state, first=(first,), plain=participant)
    run = incident.backup
    if run is None:
        return None
    if kind == "moved":
        return _for_the_room(run, words, fault)
    act = words.text("course.moved_info.act", **typed)
    state = words.text("course.moved_info.state", title=run.title)
    return MeasureWords(state=state, first=(_place(run, words), act))


def _spare(incident: Incident, words: Words, room: str, fault: str, typed: Mapping[str, object]) -> MeasureWords | None:
    if not incident.spares:
        return None
    request = incident.spares[-1]
    kind = "spare" if request.material else "spare_missing"
    values = {"title": request.title, "room": room, "place": request.place or "—", **typed}
    first = [words.text(f"course.{kind}.first", **values)]
    if request.material:
        first.append(words.text("course.spare.act", material=request.material, **values))
    first.append(words.text("course.because", fault=fault))
    return MeasureWords(state=words.text(f"course.{kind}.state", **values), first=tuple(first), plain=True)
