"""Rules of Prometheus by its own tools: what is checked in is made, and each situation raises what it should."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.mixin.__main__ import ROOT, all_groups, documents
from scripts.mixin.rule import Alert
from scripts.mixin.settings import Settings, SettingsError, read_settings
from tests.prometheus import stage
from tests.prometheus.situations_ends import AT_A_MINUTE, ENDS
from tests.prometheus.situations_faults import FAULTS, ITSELF, fault
from tests.prometheus.situations_in_turn import IN_TURN, OVER_DAYS
from tests.prometheus.situations_quiet import NEXT, QUIET
from tests.prometheus.situations_seldom import SELDOM
from tests.prometheus.situations_silence import OTHERS, SILENCE, floor
from tests.prometheus.stage import Situation
from tests.prometheus.stage import StagedRoom as Room

PROMETHEUS = ROOT / "config" / "prometheus"
RULES = PROMETHEUS / "roomwatch.rules.yml"
ALERTS = [rule for group in all_groups() for rule in group.rules if isinstance(rule, Alert)]


def run(*command: str, cwd: Path = PROMETHEUS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=180, check=False)


def prove(situations: list[Situation], folder: Path) -> None:
    prove_documents([one.document() for one in situations], folder)


def prove_documents(documents: list[dict[str, Any]], folder: Path, rules: Path = RULES) -> None:
    # JSON is YAML.
    tests = {"rule_files": [str(rules)], "evaluation_interval": f"{stage.STEP}s", "tests": documents}
    file = folder / "situations.yml"
    file.write_text(json.dumps(tests, ensure_ascii=False))
    done = run("promtool", "test", "rules", str(file))
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


@pytest.mark.parametrize("name", documents(Settings()))
def test_what_is_checked_in_is_what_is_made(name: str) -> None:
    assert (ROOT / name).read_text() == documents(Settings())[name], "run python -m scripts.mixin"


def test_prometheus_accepts_the_scrape_job_and_the_rules() -> None:
    done = run("promtool", "check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize(
    "situations",
    [SILENCE, FAULTS, ITSELF, QUIET, ENDS, SELDOM, IN_TURN],
    ids=["silence", "faults", "itself", "quiet", "ends", "seldom", "in turn"],
)
def test_each_situation_raises_what_it_should_and_nothing_else(
    situations: list[Situation], part: int, tmp_path: Path
) -> None:
    prove(situations[part::4], tmp_path)


@pytest.mark.long
@pytest.mark.timeout(200)
def test_rules_that_are_made_for_a_scrape_each_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "STEP", 60)
    rules = tmp_path / "rules.yml"
    rules.write_text(documents(Settings(scrape_interval_seconds=60))["config/prometheus/roomwatch.rules.yml"])
    prove_documents([one.document() for one in AT_A_MINUTE], tmp_path, rules)


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("situation", OVER_DAYS, ids=lambda one: one.name)
def test_what_is_told_after_days(situation: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the groups that judge presence and the monitors alone: a day of all rules takes minutes."""
    monkeypatch.setattr(stage, "STEP", 240)
    settings = Settings(scrape_interval_seconds=240)
    parts = ("rooms-gone", "last", "places", "absence", "monitors")
    groups = [one.document(settings) for one in all_groups() if one.name.removeprefix("roomwatch-") in parts]
    rules = tmp_path / "rules.yml"
    rules.write_text(json.dumps({"groups": groups}))
    prove_documents([situation.document()], tmp_path, rules)


@pytest.mark.timeout(100)
def test_an_alert_that_a_silent_switch_explains_names_the_switch(tmp_path: Path) -> None:
    """Alertmanager holds it back by this label."""
    rooms = floor(4, switch="sw1", down=[(3, 30)], more={NEXT: 900})
    document = Situation("", [*rooms, *floor(6, number="3", bare=True)], {6.5: {}}).document()
    document["promql_expr_test"] = [
        {
            "expr": 'count by (alertname, switch) (ALERTS{alertstate="firing", kind="silence"})',
            "eval_time": "390s",
            "exp_samples": [
                {"labels": f'{{alertname="{name}", switch="sw1"}}', "value": count}
                for name, count in (("SwitchSilent", 1), ("RoomSilent", 4), ("RoomOffBeforeMeeting", 4))
            ],
        }
    ]
    prove_documents([document], tmp_path)


def test_each_room_has_the_state_that_the_wall_shows(tmp_path: Path) -> None:
    unusable = {'roomwatch_room_state{state="usable"}': 0, 'roomwatch_room_state{state="unusable"}': 1}
    impaired = {'roomwatch_room_state{state="usable"}': 0, 'roomwatch_room_state{state="impaired"}': 1}
    blind = {'roomwatch_checks{state="ok"}': 0, 'roomwatch_checks{state="unknown"}': 30}
    rooms = {
        4: Room("silent", down=[(5, 30)]),
        3: Room("disturbed", meeting=[(0, 30)], more=fault("camera_black", "warning")),
        2: Room("unusable", more=unusable),
        1: Room("impaired", more=impaired),
        0: Room("usable"),
        -1: Room("blind", more=blind),
        -2: Room("off", down=[(5, 30)], ends="poweroff"),
    }
    unknown = [
        Room("restarting", down=[(5, 30)], ends="reboot"),
        Room("maintained", down=[(5, 30)], more={"roomwatch_maintenance_end_timestamp_seconds": 1800}),
    ]
    document = Situation("", [*rooms.values(), *unknown], {8: {}}).document()
    states = [(room.id, state) for state, room in rooms.items()] + [(room.id, -1) for room in unknown]
    document["promql_expr_test"] = [
        {
            "expr": "max by (room) (site_room:roomwatch_state:code)",
            "eval_time": "8m",
            "exp_samples": [{"labels": f'{{room="{room}"}}', "value": state} for room, state in states],
        },
        {
            "expr": 'site_floor:roomwatch_rooms:count{code="-1"}',
            "eval_time": "8m",
            "exp_samples": [
                {"labels": 'site_floor:roomwatch_rooms:count{site="hq", floor="1", code="-1"}', "value": 3}
            ],
        },
    ]
    prove_documents([document], tmp_path)


@pytest.mark.timeout(200)
def test_a_floor_that_changed_over_a_restart_of_prometheus_blanks_nothing(tmp_path: Path) -> None:
    """For five minutes the room has two places: one that the run before recorded, and the new one."""
    before = {
        "series": 'site_room:roomwatch_where:info{site="hq", floor="7", room="a", switch="old"}',
        "values": "1x12",  # no mark of its end: nobody was there to set it
    }
    room = Room("a", down=[(4, 30)], meeting=[(0, 30)], more=fault("camera_black", "warning", [(3, 1)]))
    situation = Situation("", [room, *OTHERS], {5: {"RoomSilentInMeeting": 1, "RoomFaultInMeeting": 1}})
    prove_documents([situation.document([before])], tmp_path)


@pytest.mark.long
@pytest.mark.timeout(200)
def test_what_answers_and_is_no_roomwatch_is_blind_and_who_is_off_is_not(tmp_path: Path) -> None:
    wrong, off = Room("wrong", bare=True), Room("off", down=[(3, 60)], ends="poweroff")
    scraped = [(wrong, "100x200"), (off, "100x12 0x200"), (Room("silent", down=[(4, 60)]), "100x15 0x200")]
    scraped += [(one, "100x200") for one in OTHERS]
    extra = [{"series": f"scrape_samples_scraped{{{room.labels()}}}", "values": values} for room, values in scraped]
    situation = Situation(
        "", [room for room, _ in scraped], {8: {"RoomSilent": 1}, 14: {"RoomBlind": 1, "RoomSilent": 1}}
    )
    prove_documents([situation.document(extra)], tmp_path)


def test_half_of_the_situations_must_stay_silent() -> None:
    every = [*SILENCE, *FAULTS, *ITSELF, *QUIET, *ENDS, *SELDOM, *IN_TURN]
    silent = [one for one in every if not any(one.expect.values())]
    assert len(every) >= 170
    assert len(silent) * 2 >= len(every)


def test_a_wrong_expectation_is_found(tmp_path: Path) -> None:
    wrong = Situation("wrong", SILENCE[1].rooms, {9: {}})
    with pytest.raises(AssertionError, match="RoomSilent"):
        prove([wrong], tmp_path)


def test_a_site_with_its_own_labels_gets_the_same_rules(tmp_path: Path) -> None:
    settings = tmp_path / "own.toml"
    settings.write_text('selector = \'job="rooms"\'\nsite = "campus"\nroom = "place"\nclock_skew_seconds = 5\n')
    done = run(sys.executable, "-m", "scripts.mixin", "--settings", str(settings), "--output", str(tmp_path), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "config/prometheus/roomwatch.rules.yml").read_text()
    assert run("promtool", "check", "rules", str(tmp_path / "config/prometheus/roomwatch.rules.yml")).returncode == 0
    assert not re.search(r"\(site[,)]|\b(SITE|ROOM|FLOOR)\b", made)
    assert 'up{job="rooms"}' in made and re.search(r"timestamp\(roomwatch_time_seconds\)\) > 5\b", made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clock_skw = 5", "clock_skw is no setting"),
        ("many_rooms = 'x'", "many_rooms = 'x' is no number"),
        ("site = 'a-b'", "is no name of a label"),
        ("[sites.hq]\nzone = 'x'", "sites.hq is a table"),
        ("x", "cannot be read"),
        ("# \udcff", "cannot be read"),
        ("sites = 3", r"sites = 3 is no table; write one \[sites.NAME\]"),
        ("[hours]\nstart = '8:00'", "hours.start = '8:00' is no time of a day"),
        ("[hours]\nend = '25:00'", "hours.end = '25:00' is no time of a day"),
        ("[hours]\ndays = 'mon-fri'", "hours.days = 'mon-fri' are no days"),
        ("[sites.hq]\nstart = '20:00'", "sites.hq ends at 19:00, not after 20:00"),
        ("[sites.hq]\ntimezone = 'Berlin'", "sites.hq.timezone = 'Berlin' is no time zone"),
    ],
)
def test_a_wrong_setting_is_told_with_its_file(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError, match=words) as raised:
        read_settings(file)
    assert str(file) in str(raised.value)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda one: one.name)
def test_every_alert_is_complete(alert: Alert) -> None:
    made = alert.document(Settings())
    texts = made["annotations"]
    assert made["labels"].get("severity", "of the fault") in ("critical", "warning", "notice", "none", "of the fault")
    assert set(texts) == {"summary", "summary_zh", "description", "runbook_url", "dashboard_url"}
    assert all(texts.values())
    heading = texts["runbook_url"].partition("#")[2]
    page = (ROOT / "docs" / "runbook.md").read_text()
    assert heading in [line[4:].lower() for line in page.splitlines() if line.startswith("### ")]


def test_alerts_have_names_of_their_own() -> None:
    names = [one.name for one in ALERTS]
    assert len(names) == len(set(names)) > 45


def test_the_runbook_has_one_part_for_each_subject_whose_alerts_have_a_file() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text()
    parts = [line[3:].lower() for line in page.splitlines() if line.startswith("## ")]
    files = (ROOT / "scripts" / "mixin").glob("alerts_*.py")
    assert sorted(parts) == sorted(file.stem.removeprefix("alerts_").replace("_", " ") for file in files)
