"""The doctor names what is missing and the exact remedy."""

import json
import os
import subprocess
import sys
from pathlib import Path


def doctor(folder: Path, **environment: str) -> tuple[int, dict[str, dict[str, object]]]:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "doctor", "--json", "--config", str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.stdout, done.stderr
    return done.returncode, {row["subject"]: row for row in json.loads(done.stdout)}


def test_a_plan_that_reaches_nobody_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    code, found = doctor(tmp_path)
    assert code == 1
    assert found["plan"]["found"] == "it reaches nobody"
    assert str(tmp_path / "plan.toml") in str(found["plan"]["remedy"])


def test_a_missing_secret_is_named_and_not_its_value(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    plan = '[contacts.li]\nname = "Li"\nchannels = [{ env = "RW_NO_SUCH" }, { env = "RW_SECRET" }]\n'
    (tmp_path / "plan.toml").write_text(plan)
    _, found = doctor(tmp_path, RW_SECRET="json://s3cr3t.invalid")
    assert "RW_NO_SUCH" in str(found["plan"]["found"])
    assert "s3cr3t" not in json.dumps(found)


def test_every_wrong_finding_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "roomwatch.toml").write_text(f'state = "{tmp_path}/state"\n')
    _, found = doctor(tmp_path)
    assert [name for name, row in found.items() if not row["ok"] and not row["remedy"]] == []
