"""`roomwatch run` becomes the daemon's process: what was asked reaches it, and its answer comes back."""

import subprocess
import sys
from pathlib import Path


def test_a_configuration_in_the_current_folder_is_read_whatever_its_name_and_whatever_lies_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "monitor").mkdir()
    (tmp_path / "monitor" / "__init__.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "-room.toml").write_text("[room]\nid = 7\n")
    command = [str(Path(sys.executable).with_name("roomwatch")), "run", "--config=-room.toml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78
    assert done.stderr.startswith("roomwatch: 1 problem in the configuration:\n  -room.toml: room.id = 7: ")
