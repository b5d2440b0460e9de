"""scripts/environment makes the virtual environment once, and again only when something in it would change."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_what_was_made_for_the_tests_serves_a_run_too(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')  # pip itself would take minutes
    python.chmod(0o755)
    script = ". scripts/environment; ready_environment dev; ready_environment run; ready_environment dev"
    environment = {**os.environ, "ROOMWATCH_VENV": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, timeout=60, check=True, capture_output=True, text=True
    )
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["requirements-dev.lock", "."]
    assert done.stderr.count("installing") == 1
