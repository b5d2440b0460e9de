"""The responders' command line after the install of the README: as root, the service, a member of its group, a stranger
and the room's user. Real users and a real daemon, in a mount namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2]
DRIVER = """
import json, os, subprocess, sys, time
from pathlib import Path

folder, python = Path(sys.argv[1]), sys.argv[2]
USERS = {"roomwatch": 61000, "li": 61001, "passerby": 61002, "kiosk": 61003}

def sh(*words):
    subprocess.run(words, check=True)

sh("mount", "--make-rprivate", "/")
base = Path(sys.base_prefix)
if Path("/root") in base.parents:  # an interpreter in a home that is closed to the others
    (folder / "base").mkdir()
    sh("mount", "--bind", str(base), str(folder / "base"))
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "none", "/root")
    base.mkdir(parents=True)
    sh("mount", "--bind", str(folder / "base"), str(base))
sh("mount", "-t", "tmpfs", "none", "/var/lib")
for name, lines in (
    ("passwd", [f"{user}:x:{number}:{number}::/home/{user}:/bin/sh" for user, number in USERS.items()]),
    ("group", [f"{user}:x:{number}:{'li' if user == 'roomwatch' else ''}" for user, number in USERS.items()]),
):
    kept = [line for line in Path(f"/etc/{name}").read_text().splitlines() if line.split(":")[0] not in USERS]
    (folder / name).write_text("\\n".join([*kept, *lines]) + "\\n")
    sh("mount", "--bind", str(folder / name), f"/etc/{name}")
state = Path("/var/lib/roomwatch")
state.mkdir(mode=0o750)
os.chown(state, USERS["roomwatch"], USERS["roomwatch"])
for user in USERS:
    (folder / user).mkdir()
    os.chown(folder / user, USERS[user], USERS[user])

def as_user(user, *words):
    who = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
    home = folder if user == "root" else folder / user
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": os.environ["PYTHONPATH"]}
    return [*who, python, "-m", "monitor.cli", *words, "--config", str(folder / "room")], env

command, env = as_user("roomwatch", "run", "--plain")
daemon = subprocess.Popen(command, env=env, umask=0o027, stdout=open(folder / "log", "w"), stderr=subprocess.STDOUT)
try:
    while not (state / "control.sock").exists():
        assert daemon.poll() is None, (folder / "log").read_text()
        time.sleep(0.1)
    found = {}
    for user, by in (("root", "chen"), ("roomwatch", "chen"), ("li", ""), ("passerby", ""), ("kiosk", "")):
        found[user] = {}
        reports = [("declare", "no light", "--by", "Ann")] if user == "root" else []
        for words in (*reports, ("take", "1", *(["--by", by] if by else [])), ("audit",)):
            command, env = as_user(user, *words)
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
            found[user][words[0]] = [done.returncode, done.stdout + done.stderr]
    print(json.dumps(found))
finally:
    daemon.terminate()
    daemon.wait()
"""
PLAN = """
[contacts.li]
name = "Li Wei"
channels = ["json://127.0.0.1:1/li"]
[contacts.chen]
name = "Chen Li"
channels = ["json://127.0.0.1:1/chen"]
[groups.technical]
name = "Technical"
members = ["li"]
[chains.default]
steps = [{ after = 0, tell = ["technical"] }]
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may enter: pytest closes its own again whenever it starts."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def answers(folder: Path) -> dict[str, dict[str, tuple[int, str]]]:
    (folder / "room").mkdir()
    probes = ("network", "software", "camera", "microphone", "speaker", "display", "host", "power", "calendar")
    off = "".join(f"{name} = {{ enabled = false }}\n" for name in probes)
    (folder / "room" / "roomwatch.toml").write_text(f"[web]\nport = 0\n[schedule]\n{off}")
    (folder / "room" / "plan.toml").write_text(PLAN)
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--kill-child",
            "--fork",
            "--pid",
            "--mount-proc",
            sys.executable,
            "-c",
            DRIVER,
            str(folder),
            sys.executable,
        ],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == 0, done.stderr
    found: Any = json.loads(done.stdout)
    return found  # type: ignore[no-any-return]


@pytest.mark.root
@pytest.mark.slow
def test_each_user_is_answered_by_what_they_may(answers: dict[str, dict[str, tuple[int, str]]]) -> None:
    for user in ("root", "roomwatch", "li"):
        code, said = answers[user]["take"]
        assert code == 0, (user, said)
        assert ("Li Wei" if user == "li" else "Chen Li") in said, "a member is themselves, the others name somebody"
        assert answers[user]["audit"][0] in (0, 1), answers[user]["audit"]
    for user in ("passerby", "kiosk"):
        code, said = answers[user]["take"]
        assert code == 3, (user, said)
        assert "may not open /var/lib/roomwatch/control.sock. Join its group (roomwatch), or use sudo." in said
        assert "Start it" not in said, "it runs"
        code, said = answers[user]["audit"]
        assert (code, "this user may not read" in said) == (3, True), said
