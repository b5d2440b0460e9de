"""Open incidents in people's words, for terminal, live view and page: what is wrong, who has it, what comes first."""

from __future__ import annotations

import shlex
from typing import Any

from alerting.delivery.who_was_told import Reach
from alerting.messages.message_text import fault_title
from alerting.messages.reasons import say_way
from alerting.plan.wall_time import clock
from alerting.words import Words


def real(status: dict[str, Any]) -> list[dict[str, Any]]:
    """The open incidents that are no drills."""
    return [one for one in status["incidents"] if not one["drill"]]


def loose_faults(status: dict[str, Any]) -> list[dict[str, Any]]:
    """The faults that are in no open incident (one in maintenance); the others are shown in theirs."""
    told = {(fault["code"], fault["target"]) for one in real(status) for fault in one["faults"]}
    return [fault for fault in status["faults"] if (fault["code"], fault["target"]) not in told]


def trouble(status: dict[str, Any], words: Words) -> str:
    """The verdict while something is open, "" while nothing is."""
    count = len(real(status)) + len(loose_faults(status))
    return words.text("page.one_trouble") if count == 1 else words.text("page.trouble", count=count) if count else ""


def title(one: dict[str, Any], words: Words) -> str:
    """Drill mark, the fault that came first, the place where it is another one's."""
    code, target = lead(one)
    said = placed(fault_title(words, code, target, one["room_name"]), target)
    if one["scope"] in ("floor", "site"):
        place = words.text(f"message.scope_{one['scope']}", name=one["room"])
        said = words.text("message.title", room=place, fault=said)
    elif one["elsewhere"]:
        said = words.text("message.title", room=one["room_name"], fault=said)
    return (words.text("message.drill") if one["drill"] else "") + said


def placed(said: str, target: str) -> str:
    """A fault's title with the thing it is about, unless the title names it already."""
    return f"{said} {target}" if target and target not in said else said


def lead(one: dict[str, Any]) -> tuple[str, str]:
    """(code, target) of the fault that an incident is told by: its first open one."""
    first = next(iter(one["faults"]), None)
    return (first["code"], first["target"]) if first else (one["code"], "")


def action(one: dict[str, Any], words: Words) -> str:
    """What the responder does first."""
    code, target = lead(one)
    key = f"fault.{code}.act"
    return words.text(key, target=target, room=one["room_name"]) if words.has(key) else ""


def also(one: dict[str, Any], words: Words) -> str:
    """The other open faults of it, "" for none."""
    others = [placed(fault_title(words, f["code"], f["target"], ""), f["target"]) for f in one["faults"][1:]]
    return words.text("page.also", faults=words.text("meeting.comma").join(others)) if others else ""


def people(one: dict[str, Any], words: Words) -> str:
    """Who has it, who confirmed it, how many were told: those whose message the far end accepted."""
    parts = [words.text("page.taken_by", name=one["taken_by"]) if one["taken_by"] else words.text("page.not_taken")]
    if one["confirmed_by"]:
        parts.append(words.text("page.confirmed_by", name=one["confirmed_by"]))
    if one["phase"] == "mitigated":
        parts.append(words.text("page.mitigated"))
    told = accepted(one)
    if told or not one["handed_over"]:
        parts.append(words.text("page.told", count=len(told)) if told else words.text("page.told_nobody"))
    else:
        parts.append(words.text("page.handed_over"))
    return words.text("meeting.comma").join(parts)


def accepted(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The people who were told."""
    return [person for person in one["told"] if person["state"] == Reach.ACCEPTED]


_OF_NO_ACCOUNT = (Reach.WITHDRAWN, Reach.OBSERVED)
"""What was taken back because it was no longer true says nothing about who knows; observe mode says itself."""


def told(one: dict[str, Any], words: Words, zone: str) -> str:
    """Who was told by which channel and when, then what became of the other messages; "" where there are none."""
    said: dict[str, list[str]] = {}
    for person in sorted(one["told"], key=lambda person: list(Reach).index(Reach(person["state"]))):
        if person["state"] in _OF_NO_ACCOUNT:
            continue
        time = clock(person["at"], zone, "%H:%M") if person["at"] is not None else ""
        way = say_way(person["channel"], words)
        key = "page.told_person" if person["state"] == Reach.ACCEPTED else "page.untold_person"
        name = words.text(key, name=person["name"] or words.text("page.participant"), way=way, time=time)
        group = words.text(f"page.reach.{person['state']}", time=time)
        said.setdefault(group, []).append(name)
    joined = [
        words.text("page.reached", state=group, people=words.traits.comma.join(who)) for group, who in said.items()
    ]
    return words.text("report.clause").join(joined)


def reported(one: dict[str, Any], words: Words) -> str:
    """Who reported it, whom the responder calls, with their own words where they gave any; "" for the probes alone."""
    if one["text"]:
        return words.text("page.reported", name=one["reported_by"], text=one["text"])
    return words.text("page.reported_silently", name=one["reported_by"]) if one["reported_by"] else ""


def begun(line: str) -> str:
    """As a line of its own, which begins with a capital letter where the script has them."""
    return line[:1].upper() + line[1:]


def take(one: dict[str, Any], words: Words, command: str = "roomwatch take") -> str:
    """How to take it, in the name of whom it reached first; "" once somebody has it. command: as it is typed on this
    machine."""
    if one["taken_by"]:
        return ""
    name = next((person["name"] for person in one["told"] if person["name"]), "")
    by = f" --by {shlex.quote(name)}" if name else ""
    return words.text("page.take", command=f"{command} {one['number']}{by}")
