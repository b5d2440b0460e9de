"""Commands of a user who may not read the daemon's files: one sentence that says who may, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.folders import shipped_folder
from alerting.journal import open_journal
from tests.open_folders import open_folder

ROOT = Path(__file__).parents[2]
COMMANDS = (
    ("status",),
    ("incidents",),
    ("report", "1"),
    ("report", "list"),
    ("report", "submit", "1", "--by", "li"),
    ("audit",),
    ("audit", "--json"),
    ("review",),
    ("review", "improvements"),
    ("review", "close", "1", "--why", "done"),
    ("drill", "show", "1"),
    ("take", "1"),
    ("plan", "check"),
    ("plan", "approve", "sign", "--by", "Li Wei"),
    ("plan", "approve", "status"),
)
AS_NOBODY = """
import encodings.idna, encodings.unicode_escape, importlib, io, json, os, pkgutil, sys, traceback
import alerting, monitor
for package in (monitor, alerting):
    for one in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not one.name.endswith("__main__"):
            importlib.import_module(one.name)
from monitor.cli import main
for command in json.loads(sys.argv[1]):
    read, write = os.pipe()
    if os.fork() == 0:
        sys.stderr = io.TextIOWrapper(io.FileIO(write, "w"))
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        try:
            main(command, prog_name="roomwatch")
        except SystemExit:
            pass
        except BaseException:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        print("said", json.dumps(said.read()), flush=True)
    os.wait()
"""
"""Each command in a fork of one process that loaded everything while it still could: the interpreter itself may stand
where other users may not read."""


@pytest.fixture
def config() -> Iterator[Path]:
    with open_folder() as folder:
        state = folder / "state"
        state.mkdir(mode=0o700)
        open_journal(state).close()
        (folder / "roomwatch.toml").write_text(f'state = "{state}"\n[web]\nport = 0\n')
        (folder / "plan.toml").write_bytes((shipped_folder() / "plan.toml").read_bytes())
        yield folder


@pytest.mark.root
def test_every_command_says_in_a_sentence_who_may(config: Path) -> None:
    commands = [[*command, "--config", str(config)] for command in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, json.dumps(commands)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    lines = [line.removeprefix("said ") for line in done.stdout.splitlines() if line.startswith("said ")]
    said = dict(zip(COMMANDS, map(json.loads, lines), strict=True))
    for command, text in said.items():
        assert "Traceback" not in text, (command, text)
        assert "sudo" in text, (command, text)
        assert len(text.strip().splitlines()) <= 2, (command, text)
