"""When a check before a meeting is due, and what makes it a no-go."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from alerting.words import load_words
from alerting.workflows.premeeting_verdict import key_of
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.scheduler import ProbeTask
from monitor.pipeline.snapshot import Entry, Key
from monitor.premeeting.readiness import DueCheck, anything_seen, due, due_in, judge_room, look_afresh
from monitor.settings import ProbeSchedule
from monitor.views.premeeting import details, headline
from probes.calendar import Agenda, Meeting
from probes.judge_reading import Judgement, Status
from probes.reading import CannotMeasure, Outcome, Reading, Say

AGENDA = Agenda(meetings=(Meeting(10_000, 13_600), Meeting(20_000, 23_600)))
MINUTES = (15, 5)


def test_each_time_of_each_meeting_is_due_once() -> None:
    made: set[str] = set()
    found = []
    for now in range(0, 25_000, 10):
        coming = due(AGENDA, MINUTES, frozenset(made), now)
        if coming is not None:
            found.append((now, coming))
            made.add(key_of(coming.starts_at, coming.minutes))
    assert found == [
        (9100, DueCheck(10_000, 15)),
        (9700, DueCheck(10_000, 5)),
        (19_100, DueCheck(20_000, 15)),
        (19_700, DueCheck(20_000, 5)),
    ]


def test_who_starts_late_makes_the_last_missed_check_only() -> None:
    assert due(AGENDA, MINUTES, frozenset(), 9400) == DueCheck(10_000, 15)
    assert due(AGENDA, MINUTES, frozenset(), 9850) == DueCheck(10_000, 5)
    assert due(AGENDA, MINUTES, frozenset({key_of(10_000, 5)}), 9850) is None
    assert due(AGENDA, MINUTES, frozenset(), 10_001) is None, "it runs already"
    assert due_in(AGENDA, MINUTES, 9000) == 100
    assert due_in(Agenda(), MINUTES, 9000) == float("inf")


def entry(check: str, fault: str = "", *, outcome: Outcome | None = None, suspected: str = "") -> tuple[Key, Entry]:
    state = CheckState(settled=Status.FAILED if fault else Status.OK, fault=fault)
    if suspected:
        state.candidate = Judgement(status=Status.FAILED, fault=suspected)
    return (check, ""), Entry(check.partition(".")[0], outcome or Reading(check=check), state, 0.0)


def test_a_cause_that_is_critical_in_a_meeting_is_a_no_go_and_its_symptoms_are_its_own() -> None:
    entries = dict(
        [entry("network.link", "link_down"), entry("network.dns", "dns_dead"), entry("host.disk", "disk_full")]
    )
    verdict = judge_room(entries, {"link_down": ("dns_dead",)}, 5.0)
    assert (verdict.go, verdict.blockers, verdict.cautions) == (False, (("link_down", ""),), (("disk_full", ""),))


def test_small_faults_suspicions_and_blind_checks_do_not_stop_a_meeting_and_are_told() -> None:
    blind = CannotMeasure(check="camera", reason="no privilege")
    busy = CannotMeasure(check="microphone", reason="in use by zoom", busy_holder="zoom")
    entries = dict(
        [
            entry("host.disk", "disk_full"),
            entry("software.process", suspected="app_not_running"),
            entry("camera", outcome=blind),
            entry("microphone", outcome=busy),
        ]
    )
    verdict = judge_room(entries, {}, 5.0)
    assert verdict.go
    assert verdict.cautions == (("disk_full", ""), ("app_not_running", ""))
    assert verdict.blind == ("camera",), "a microphone in use works"


async def test_every_probe_looks_afresh_and_a_bad_look_is_confirmed_first() -> None:
    why: dict[str, list[str]] = {"camera": [], "slow": []}
    key, bad = entry("camera", suspected="camera_black")
    entries = {key: bad}

    async def camera(reason: str, say: Say) -> list[Outcome]:
        why["camera"].append(reason)
        if "pre-meeting" in why["camera"][:-1]:
            bad.state.candidate = None
        return []

    async def slow(reason: str, say: Say) -> list[Outcome]:
        why["slow"].append(reason)
        await asyncio.sleep(600 if reason == "pre-meeting" else 0)
        return []

    async def again(reason: str, outcomes: object) -> float | None:
        return 0.01 if reason == "pre-meeting" else None

    schedule = ProbeSchedule(interval=600.0, deadline=600.0)
    tasks = {"camera": ProbeTask("camera", schedule, camera, again), "slow": ProbeTask("slow", schedule, slow, again)}
    loops = [asyncio.create_task(task.loop()) for task in tasks.values()]
    await asyncio.sleep(0.05)
    assert await look_afresh(tasks, lambda: entries, most=2.0) == ("slow",)
    assert why["camera"][:3] == ["start", "pre-meeting", "confirm"]
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def test_a_clock_that_is_set_back_meanwhile_makes_no_probe_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(reason: str, say: Say) -> list[Outcome]:
        monkeypatch.setattr(time, "time", lambda: 0.0)
        return []

    async def deliver(reason: str, outcomes: object) -> float | None:
        return None

    task = ProbeTask("camera", ProbeSchedule(interval=600.0, deadline=600.0), look, deliver)
    loop = asyncio.create_task(task.loop())
    await asyncio.sleep(0.05)
    monkeypatch.undo()
    assert await look_afresh({"camera": task}, dict, most=2.0) == ()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


def test_a_no_go_says_what_to_do_and_the_way_round_in_both_languages() -> None:
    document = {
        "go": False, "at": 0.0, "starts_at": None, "minutes": None, "blockers": [["app_not_running", "zoom"]],
        "cautions": [["disk_full", ""]], "blind": ["camera front"], "late": [],
        "backup": {"title": "Tencent Meeting", "kind": "application", "place": "https://m.example/1"},
    }  # fmt: skip
    english, chinese = load_words("en"), load_words("zh-CN")
    assert headline(document, english) == "NOT ready for a meeting"
    lines = details(document, english, "3F")
    assert "zoom" in lines[0]
    assert "Restart" in lines[1] or "Start" in lines[1]
    assert lines[2] == "Backup if it is not mended in time: Tencent Meeting. Join here: https://m.example/1"
    assert lines[-1] == "? not checked: Camera picture"
    assert headline(document, chinese) == "不具备开会条件"
    assert "https://m.example/1" in details(document, chinese, "3F")[2]


def test_a_room_of_which_nothing_could_be_seen_is_not_called_ready() -> None:
    blind = dict([entry("network.link", outcome=CannotMeasure(check="network.link", reason="denied"))])
    assert not anything_seen(blind, ("network", "camera"))
    assert not anything_seen({}, ("camera",)), "none connected"
    assert anything_seen({}, ("software",)), "nothing of them is watched here"
    assert anything_seen(dict([entry("network.link")]), ("network",))
    verdict = replace(judge_room(blind, {}, 5.0), checked=False).document()
    assert headline({**verdict, "starts_at": None}, load_words("en")).startswith("Cannot tell")
