"""`roomwatch diagnose`: the whole room on one page, with a program stopped for real; and the daemon's evidence."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from alerting.messages.why_not_measured import REASONS
from alerting.words import load_words
from monitor.diagnosis.evidence_queue import EvidenceQueue
from monitor.diagnosis.network import Rung, verdict
from monitor.diagnosis.room import state_of
from monitor.diagnosis.terminal_view import conclusion, line
from monitor.pipeline.check_state import CheckState
from monitor.pipeline.snapshot import Entry, Snapshot
from probes.judge_reading import Status
from probes.reading import Reading

OFF = "".join(f"[schedule.{name}]\nenabled = false\n" for name in ("network", "camera", "microphone", "speaker"))


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Path]:
    """A room's folder with a conferencing program that was stopped."""
    program = tmp_path / "rw-conf"
    shutil.copy("/bin/sleep", program)
    (tmp_path / "roomwatch.toml").write_text(
        f'state = "{tmp_path}"\n[room]\nid = "r1"\nname = "Lakeside"\n{OFF}'
        '[probes.software]\nuse_known = false\n[probes.software.applications.conf]\nexecutables = ["rw-conf"]\n'
    )
    process = subprocess.Popen([str(program), "600"])
    os.kill(process.pid, signal.SIGSTOP)
    yield tmp_path
    process.kill()
    process.wait()


def diagnose(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor.cli", "diagnose", "--config", str(folder / "roomwatch.toml"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.slow
def test_the_page_names_what_is_broken_and_what_to_do_first_in_both_languages(stopped: Path) -> None:
    done = diagnose(stopped, "--language", "en")
    assert done.returncode == 1, done.stderr
    assert "Software and PC" in done.stdout
    assert "✗ Meeting program" in done.stdout
    assert "Conferencing program conf is stopped" in done.stdout
    assert "Do first:" in done.stdout
    assert "{" not in done.stdout
    done = diagnose(stopped, "--language", "zh-CN")
    assert "软件与电脑" in done.stdout
    assert "会议软件 conf 已停住" in done.stdout
    assert "{" not in done.stdout
    answer = json.loads(diagnose(stopped, "--json").stdout)
    assert answer["cause"] == "app_stopped"
    assert {one["area"] for one in answer["checks"]} >= {"software"}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_could_not_be_looked_at_is_said_in_a_few_words(language: str) -> None:
    """The long remedy is for `roomwatch doctor`; no English on a Chinese page where the reason is one of ours."""
    words = load_words(language)
    remedy = "sudo usermod -aG roomwatch-session USER, log that user out and in, then: sudo systemctl " + "x" * 300
    for start, key in REASONS:
        one = Rung("microphone.signal", "", "unknown", "", f"{start} {remedy}", None, {}, {})
        shown = click.unstyle(line("devices", one, words, "R"))
        assert shown.endswith(words.text(f"diagnose.unknown.{key}"))
        assert "sudo" not in shown
    other = Rung("microphone.signal", "", "unknown", "", f"EIO {remedy}", None, {}, {})
    assert len(click.unstyle(line("devices", other, words, "R"))) < 120
    lines = conclusion([("devices", other)], verdict([other]), words, "R", "roomwatch doctor")
    assert "roomwatch doctor" in lines[-1]
    well = Rung("display", "", "ok", "", "", None, {}, {})
    assert "doctor" not in "".join(conclusion([("devices", well)], verdict([well]), words, "R", "roomwatch doctor"))


async def test_an_incident_gets_the_rooms_state_once(tmp_path: Path) -> None:
    snapshot = Snapshot("r1", "1", time.time(), "act")
    snapshot.entries[("display", "")] = Entry(
        "display", Reading(check="display", values={"displays": 1.0}), CheckState(settled=Status.OK), 100.0
    )
    snapshot.entries[("network.link", "eth0")] = Entry(
        "network",
        Reading(check="network.link", target="eth0"),
        CheckState(settled=Status.FAILED, fault="link_down"),
        95.0,
    )
    attached: list[tuple[int, str, Mapping[str, object]]] = []

    async def attach(incident: int, kind: str, data: Mapping[str, object]) -> None:
        attached.append((incident, kind, data))

    async def look() -> Mapping[str, object]:
        return state_of(snapshot, 101.0)

    evidence = EvidenceQueue("room", look, attach)
    work = asyncio.create_task(evidence.loop())
    evidence.begin(7)
    evidence.begin(7)
    deadline = time.monotonic() + 30
    while not attached:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    work.cancel()
    ((incident, kind, data),) = attached
    assert (incident, kind) == (7, "room")
    checks = data["checks"]
    assert isinstance(checks, list)
    assert [one["check"] for one in checks] == ["network.link", "display"], "the plan's order"
    assert checks[0]["fault"] == "link_down"
    assert checks[0]["age_seconds"] == 6.0
    json.dumps(data)


@pytest.mark.parametrize(("language", "name"), [("zh-CN", "无需重启"), ("en", "No reboot pending")])
def test_what_is_well_is_named_after_what_is_well(language: str, name: str) -> None:
    rung = Rung("host.reboot", "", "ok", "", "", None, {}, {})
    assert name in line("host", rung, load_words(language), "r")
