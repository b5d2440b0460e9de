"""scripts/environment makes the virtual environment once, and again only when something in it would change."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_what_was_made_for_the_tests_serves_a_run_too(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')  # pip itself would take minutes
    python.chmod(0o755)
    (python.parent / "pip").symlink_to(python)
    script = ". scripts/environment; ready_environment dev; ready_environment run; ready_environment dev"
    environment = {**os.environ, "ROOMWATCH_VENV": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, timeout=60, check=True, capture_output=True, text=True
    )
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["requirements-dev.lock", "."]
    assert done.stderr.count("installing") == 1


@pytest.mark.long
def test_a_folder_that_was_left_half_made_is_made_whole(tmp_path: Path) -> None:
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(tmp_path)], check=True, timeout=60)
    # Ends where the packages would be installed: what is asked is whether pip is there to do it.
    script = ". scripts/environment; ready_environment run"
    environment = {**os.environ, "ROOMWATCH_VENV": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(
        ["bash", "-c", script], check=False, cwd=ROOT, env=environment, timeout=100, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "No module named pip" not in done.stderr
    assert "No matching distribution" in done.stderr
