"""The playbooks with the real ansible-core: both are understood, and Prometheus' one is carried out on this machine.

tests/package/test_ansible.py carries out the rooms' one, in a booted Debian.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import main

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "deploy/ansible"
INVENTORY = "id,site,floor,address,user\n301,hq,3,10.0.3.1,kiosk\n302,hq,3,10.0.3.2,kiosk\n"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """What `roomwatch rooms write` makes."""
    (tmp_path / "rooms.csv").write_text(INVENTORY)
    done = CliRunner().invoke(main, ["rooms", "write", str(tmp_path / "rooms.csv"), str(tmp_path / "fleet")])
    assert done.exit_code == 0, done.output
    return tmp_path / "fleet"


def play(*words: str | Path) -> str:
    done = subprocess.run(
        ["ansible-playbook", *map(str, words)],
        env={**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changed(said: str) -> int:
    return int(re.findall(r"changed=(\d+)", said)[0])


@pytest.mark.parametrize("playbook", ["rooms.yml", "prometheus.yml"])
def test_a_playbook_is_understood_with_the_inventory_that_rooms_writes(playbook: str, fleet: Path) -> None:
    play("-i", fleet / "ansible.yml", PLAYBOOKS / playbook, "--syntax-check")


@pytest.mark.long
@pytest.mark.root
def test_prometheus_gets_its_targets_and_rules_once_and_check_foretells_it(fleet: Path, tmp_path: Path) -> None:
    place = tmp_path / "prometheus"
    words = ("-i", "localhost,", "-c", "local", PLAYBOOKS / "prometheus.yml", "-e",
             json.dumps({"roomwatch_prometheus_folder": str(place), "roomwatch_fleet": str(fleet),
                         "roomwatch_prometheus_service": ""}))  # fmt: skip
    assert changed(play(*words, "--check")) == 3
    assert not place.exists()
    assert changed(play(*words)) == 3
    assert [one["labels"]["room"] for one in json.loads((place / "rooms.json").read_text())] == ["301", "302"]
    assert changed(play(*words)) == 0
