"""`roomwatch diagnose network` names the right hop, in both languages and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.network.lab import SETTINGS, Lab, run

pytestmark = pytest.mark.root


def diagnose(lab: Lab, *options: str, code: int, **changes: Any) -> str:
    own = {**SETTINGS, "services_file": str(lab.folder / "services.toml"), "ca_file": str(lab.folder / "ca.pem")}
    file = lab.folder / "roomwatch.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in (own | changes).items()]
    lines = [
        f"labels = {{ {json.dumps(key)} = {json.dumps(name)} }}" if line.startswith("labels") else line
        for line in lines
        for key, name in ((own | changes).get("labels") or {"": ""}).items()
    ]
    file.write_text("\n".join([f'state = "{lab.folder}"', "[probes.network]", *lines, ""]))
    command = [sys.executable, "-m", "monitor.cli", "diagnose", "network", "--config", str(file), *options]
    done = subprocess.run(["ip", "netns", "exec", lab.room, *command], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_healthy_network_is_said_to_be_well_in_both_languages(lab: Lab) -> None:
    assert "in order" in diagnose(lab, "--language", "en", code=0)
    assert "网络一切正常" in diagnose(lab, "--language", "zh-CN", code=0)


def test_the_verdict_is_one_sentence_and_the_json_holds_every_rung(lab: Lab) -> None:
    lab.rule("forward drop")
    answer = json.loads(diagnose(lab, "--json", code=1))
    assert answer["cause"] == "internet_unreachable"
    assert answer["sentence"].endswith(".")
    assert {"network.link", "network.address", "network.gateway", "network.dns", "network.internet"} <= {
        one["check"] for one in answer["rungs"]
    }


def test_a_pulled_cable_shows_no_symptom_as_cause(lab: Lab) -> None:
    run("ip", "-n", lab.wall, "link", "set", "in0", "down")
    try:
        text = diagnose(lab, "--language", "zh-CN", code=1)
    finally:
        run("ip", "-n", lab.wall, "link", "set", "in0", "up")
    assert "网络连接断开" in text
