"""No picture leaves the capturing child: strace watches the real child on a real (userspace) camera."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from probes.child.isolate import START
from tests.camera import pipewire_camera

CALLS = "openat,open,creat,write,writev,pwrite64,pwritev,sendto,sendmsg,sendfile,splice,vmsplice,link,linkat,rename"
ONE_PICTURE = 320 * 180
"""Bytes of a judged picture in a single channel: whatever carries less carries no picture."""
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
WRITTEN = re.compile(
    r"\b(write|writev|pwrite64|pwritev|sendto|sendmsg|sendfile|splice|vmsplice)\((\d+)<(.*?)>,.* = (\d+)"
)


def test_the_capturing_child_writes_no_file_and_says_less_than_a_picture(
    pipewire: dict[str, str], tmp_path: Path
) -> None:
    assert shutil.which("strace"), "this test needs strace: see scripts/debian-packages-test"
    log = tmp_path / "calls"
    argument = {"source": "/dev/video0", "kind": "v4l2", "reference": str(tmp_path / "none.json")}
    with pipewire_camera.camera(pipewire, "pattern=smpte"):
        said = subprocess.run(
            ["strace", "-f", "-yy", "-s", "16", "-e", f"trace={CALLS}", "-o", str(log), "pw-v4l2", sys.executable, "-B",
             "-c", START, "probes.camera.capture:look", "20,2147483648"],
            input=json.dumps(argument).encode(), env=pipewire, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
    answer = json.loads(said.stdout)
    assert answer["state"] == "judged", answer
    assert answer["numbers"]["frames"] >= 10
    assert len(said.stdout) <= 4096
    calls = log.read_text(errors="replace").splitlines()
    assert any("/dev/video0" in line for line in calls) or any("pipewire" in line for line in calls)
    opened = [line for line in calls if re.search(r"\b(openat|open|creat)\(", line) and WRITING.search(line)]
    allowed = (" = -1 ", "/dev/null", "/dev/video0", "/comm")  # a thread gives itself a name through /proc
    foreign = [line for line in opened if not any(word in line for word in allowed)]
    assert foreign == [], foreign
    total: dict[str, int] = {}
    for line in calls:
        found = WRITTEN.search(line)
        if found:
            total[found[3]] = total.get(found[3], 0) + int(found[4])
    assert total, "strace saw the child's answer"
    pipes = sum(count for name, count in total.items() if name.startswith("pipe:"))
    assert 0 < pipes <= 4096
    assert sum(total.values()) < ONE_PICTURE, total


def test_standard_error_stays_empty_though_libraries_would_print_addresses(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush-hush")
    argument = {
        "source": "rtsp://127.0.0.1:1/room", "kind": "network", "user": "room", "password": {"file": str(secret)},
        "open_seconds": 1.0,
    }  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", START, "probes.camera.capture:look", "20,2147483648"],
        input=json.dumps(argument).encode(), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert json.loads(said.stdout)["state"] == "missing"
    assert said.stderr == b""
    assert b"hush" not in said.stdout
