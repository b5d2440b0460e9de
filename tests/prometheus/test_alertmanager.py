"""Routes and inhibitions of Alertmanager by its own tool."""

import re
import subprocess
from pathlib import Path

import pytest

from scripts.mixin.alertmanager import alertmanager
from scripts.mixin.settings import Settings, SiteHours
from scripts.mixin.yaml_text import yaml_text

CONFIG = Path(__file__).resolve().parents[2] / "config" / "alertmanager"


def amtool(*arguments: str) -> str:
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_alertmanager_accepts_routes_and_templates() -> None:
    assert "1 templates" in amtool("check-config", str(CONFIG / "alertmanager.yml"))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": "DeadMansSwitch", "kind": "deadman", "severity": "none"}, "dead-mans-switch"),
        ({"alertname": "RoomSilent", "kind": "silence", "severity": "warning", "site": "hq"}, "room-team"),
        ({"alertname": "RoomSilentOffHours", "kind": "silence", "severity": "notice", "site": "hq"}, "service-desk"),
        ({"alertname": "SwitchSilentOffHours", "kind": "silence", "severity": "warning", "site": "hq"}, "room-team"),
        ({"alertname": "RoomNotBackOffHours", "kind": "silence", "severity": "notice", "site": "hq"}, "service-desk"),
        ({"alertname": "RoomsNotBackOffHours", "kind": "silence", "severity": "warning", "site": "hq"}, "room-team"),
        ({"alertname": "RoomsNeverHeard", "kind": "fleet", "severity": "notice", "site": "hq"}, "service-desk"),
        ({"alertname": "RoomFault", "kind": "room", "severity": "notice", "site": "hq"}, "service-desk"),
        ({"alertname": "RoomFaultInMeeting", "kind": "room", "severity": "critical", "site": "hq"}, "room-team"),
        ({"alertname": "CheckBlind", "kind": "monitor", "severity": "notice", "site": "hq"}, "service-desk"),
        ({"alertname": "NobodyReachable", "kind": "monitor", "severity": "critical", "site": "hq"}, "room-team"),
        ({"alertname": "SomethingNew"}, "room-team"),
    ],
    ids=lambda one: one["alertname"] if isinstance(one, dict) else "",
)
def test_each_severity_goes_to_its_people(labels: dict[str, str], receiver: str) -> None:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    assert amtool("config", "routes", "test", f"--config.file={CONFIG}/alertmanager.yml", *pairs) == receiver


def test_a_site_has_hours_and_a_time_zone_of_its_own(tmp_path: Path) -> None:
    there = SiteHours(timezone="Asia/Shanghai", start="09:00", end="18:00")
    made = alertmanager(Settings(sites={'上海 "2"': there})) | {"templates": []}
    (tmp_path / "alertmanager.yml").write_text(yaml_text(made, "made"))
    assert "SUCCESS" in amtool("check-config", str(tmp_path / "alertmanager.yml"))
    shown = amtool("config", "routes", "show", f"--config.file={tmp_path}/alertmanager.yml")
    assert "上海" in shown
    assert {one["time_intervals"][0]["location"] for one in made["time_intervals"]} == {"Local", "Asia/Shanghai"}


def test_no_alert_of_a_room_with_a_running_meeting_is_held_back() -> None:
    for rule in alertmanager(Settings())["inhibit_rules"]:
        of_rooms = any(re.search("Room(?!sVanished)", one) for one in rule["target_matchers"])  # that one is a site's
        assert not of_rooms or 'meeting!="running"' in rule["target_matchers"], rule
