"""The playbooks with the real ansible-core: both are understood, and Prometheus' one is carried out on this machine.

tests/package/test_ansible.py carries out the rooms' one, in a booted Debian.
"""

from __future__ import annotations

import json
import os
import re
import shlex
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


def play(*words: str | Path, folder: Path = ROOT) -> str:
    """As typed into a shell that is in this folder."""
    done = subprocess.run(
        ["sh", "-c", 'cd "$1" && shift && exec ansible-playbook "$@"', "sh", *map(str, (folder, *words))],
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
    """By the line of the page, typed where `roomwatch rooms write` was: for this machine, without its Prometheus."""
    page = (ROOT / "docs/install.md").read_text()
    (line,) = re.findall(r"^    (ansible-playbook .* deploy/ansible/prometheus\.yml)$", page, re.MULTILINE)
    place = tmp_path / "prometheus"
    given = json.dumps({"roomwatch_prometheus_folder": str(place), "roomwatch_prometheus_service": ""})
    words = shlex.split(line.replace("prometheus.example.org,", "localhost,"))[1:]
    for part in ("deploy", "config"):  # of the source tree, where the page's lines are typed
        (tmp_path / part).symlink_to(ROOT / part)
    assert fleet == tmp_path / "fleet"

    def typed(*more: str) -> int:
        return changed(play(*words, "-c", "local", "-e", given, *more, folder=tmp_path))

    assert typed("--check") == 3
    assert not place.exists()
    assert typed() == 3
    assert [one["labels"]["room"] for one in json.loads((place / "rooms.json").read_text())] == ["301", "302"]
    assert typed() == 0
