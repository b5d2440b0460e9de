"""Scrape job, alert rules and the Alertmanager example, by Prometheus' and Alertmanager's own tools."""

import subprocess
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "config"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=CONFIG / "prometheus", capture_output=True, text=True, timeout=60, check=False)


def test_prometheus_accepts_the_scrape_job_and_the_rules() -> None:
    done = run("promtool", "check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rules found" in done.stdout


def test_every_alert_fires_when_it_should_and_not_before() -> None:
    done = run("promtool", "test", "rules", "roomwatch.rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_unit_test() -> None:
    rules = (CONFIG / "prometheus" / "roomwatch.rules.yml").read_text()
    tests = (CONFIG / "prometheus" / "roomwatch.rules.test.yml").read_text()
    alerts = [line.split("alert:")[1].strip() for line in rules.splitlines() if "alert:" in line]
    assert len(alerts) > 10
    assert [name for name in alerts if name not in tests] == ["DeadMansSwitch"]


def test_alertmanager_accepts_the_example() -> None:
    done = run("amtool", "check-config", "../alertmanager/alertmanager.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_silent_site_is_one_message_and_a_switched_off_room_at_night_is_none() -> None:
    config = str(CONFIG / "alertmanager" / "alertmanager.yml")
    done = run("amtool", "config", "routes", "test", f"--config.file={config}", "alertname=DeadMansSwitch")
    assert done.stdout.strip() == "dead-mans-switch"
    done = run("amtool", "config", "routes", "test", f"--config.file={config}", "alertname=RoomSilent", "room=a")
    assert done.stdout.strip() == "room-team"
