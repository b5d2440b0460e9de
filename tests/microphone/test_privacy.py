"""What the real capturing child does to the outside, seen by strace: it answers on one pipe and stores nothing."""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from probes.child.isolate import MAX_RESULT_BYTES, Isolation
from probes.linux.sound_server import Session
from probes.microphone.limits import Limits
from tests.sound.rig import SoundRig, room_noise

WRITING = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,splice,vmsplice,copy_file_range"
OPENING = "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat"

JACK = "/dev/shm/jack_db-"
"""Debian's PortAudio asks for a JACK server when it starts, whose library then opens its table of properties."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("sound")) as rig:
        rig.add_microphone("mic")
        rig.play("mic", room_noise(-40))
        yield rig


async def test_the_child_writes_its_answer_and_stores_no_sound_anywhere(rig: SoundRig, tmp_path: Path) -> None:
    assert shutil.which("strace"), "apt-get install strace"
    trace, python = tmp_path / "trace", tmp_path / "python"
    watch = f"strace -f -qq -y -s 0 -o {trace} -e trace=execve,connect,{WRITING},{OPENING}"
    python.write_text(f'#!/bin/sh\nexec {watch} {sys.executable} "$@"\n')
    python.chmod(0o755)
    wanted = {
        "device": "pulse",
        "seconds": 1.0,
        "rate": 48000.0,
        "channels": 1,
        "stall_seconds": 20.0,
        "limits": msgspec.to_builtins(Limits()),
    }
    environment = {
        **Session(runtime_folder=str(rig.runtime)).environment(),
        "HOME": str(tmp_path),
        "PULSE_SOURCE": "mic",
    }
    answer = await Isolation(python=str(python)).run(
        "probes.microphone.capture:listen", wanted, key="mic", deadline=60, cpu_seconds=30, environment=environment
    )
    assert answer["label"] == "healthy", answer
    assert answer["numbers"]["level_dbfs"] == pytest.approx(-40, abs=0.5)
    lines = of_the_child(trace.read_text(errors="replace").splitlines())
    microphone = max(at for at, line in enumerate(lines) if " connect(" in line and "/pulse/native" in line)
    before = [at for at, line in enumerate(lines) if JACK in line]
    assert max(before, default=0) < microphone, "JACK's file is touched before there is any sound, and not after"
    lines = [line for line in lines if JACK not in line]
    opened = [line for line in lines if "O_WRONLY" in line or "O_RDWR" in line or "creat(" in line]
    stored = [line for line in opened if not re.search(r'"/dev/(null|zero)"|ENOENT|EACCES|/proc/self/', line)]
    assert stored == []
    sent = bytes_sent(lines)
    assert set(sent) <= {"pipe", "socket", "event", "/dev/null"}, sent
    assert 0 < sent["pipe"] <= MAX_RESULT_BYTES
    sound = 48000 * 4
    assert sent["socket"] < sound / 10, "control messages only: a tenth of a second would be more"


def of_the_child(lines: list[str]) -> list[str]:
    """Whole calls of the child and its threads. ldconfig, which Python runs to find PortAudio, is another program."""
    pending: dict[str, str] = {}
    whole = []
    for line in lines:
        pid = line.split(maxsplit=1)[0]
        if line.endswith("<unfinished ...>"):
            pending[pid] = line.removesuffix("<unfinished ...>")
        elif "resumed>" in line:
            whole.append(pending.pop(pid) + line.split("resumed>", 1)[1])
        else:
            whole.append(line)
    others = {line.split()[0] for line in whole if " execve(" in line and "ldconfig" in line and line.endswith("= 0")}
    assert len({line.split()[0] for line in whole if " execve(" in line and line.endswith("= 0")} - others) == 1
    return [line for line in whole if line.split()[0] not in others]


def bytes_sent(lines: list[str]) -> Counter[str]:
    """Bytes by the kind of descriptor that they went to."""
    found: Counter[str] = Counter()
    for line in lines:
        call = re.match(r"^\d+ +(\w+)\((\d+)<(.*?)>[,)].* = (\d+)", line)
        if call is None or call[1] not in WRITING.split(","):
            continue
        target = call[3]
        kind = next((k for k in ("pipe", "socket", "event") if k in target.split("[")[0]), target)
        found[kind] += int(call[4])
    return found
