"""The sound server of the room's user: closed to roomwatch, until it listens in a place for roomwatch too."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from probes.linux import sound_server
from probes.linux.sound_devices import SoundServerError
from probes.linux.sound_server import Session
from tests.sound.rig import SoundRig, room_noise

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user"),
]
NOBODY = pwd.getpwnam("nobody") if os.getuid() == 0 else None


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="room-sound-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def rig(shared: Path) -> Iterator[SoundRig]:
    with SoundRig(shared / "room", shared=shared) as rig:
        rig.add_microphone("mic")
        rig.play("mic", room_noise(-40))
        yield rig


def as_another_user(session: Session) -> str:
    """What a process of user nobody gets when it looks: the sources' names, or the error, its remedy and user."""
    assert NOBODY is not None
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY.pw_gid)
        os.setuid(NOBODY.pw_uid)
        try:
            server = asyncio.new_event_loop().run_until_complete(sound_server.look(session))
            answer = " ".join(source.name for source in server.sources)
        except SoundServerError as error:
            answer = f"{error.reason}|{error.remedy}|{error.other_user}"
        except BaseException as error:
            answer = repr(error)
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer


def test_a_closed_session_names_its_user_and_what_to_do(rig: SoundRig) -> None:
    reason, remedy, owner = as_another_user(Session(runtime_folder=str(rig.runtime))).split("|")
    assert reason.startswith("sound_folder_closed(")
    assert remedy == "session_part_or_socket(user=root)"
    assert owner == "root"


def test_a_server_that_listens_in_a_second_place_answers_the_other_user(rig: SoundRig, shared: Path) -> None:
    assert "mic" in as_another_user(Session(server=f"unix:{shared}/native")).split()


def test_the_other_user_hears_the_rooms_microphone(rig: SoundRig, shared: Path) -> None:
    assert NOBODY is not None
    recorder = subprocess.Popen(
        ["parec", "--device=mic", "--raw", "--format=float32le", "--rate=48000", "--channels=1"],
        env={"PATH": os.environ["PATH"], "PULSE_SERVER": f"unix:{shared}/native", "PULSE_COOKIE": "/dev/zero"},
        stdout=subprocess.PIPE,
        user=NOBODY.pw_uid,
        group=NOBODY.pw_gid,
        cwd="/",
    )
    assert recorder.stdout is not None
    heard = np.frombuffer(recorder.stdout.read(48000 * 4), np.float32)
    recorder.kill()
    recorder.stdout.close()
    recorder.wait()
    assert 20 * np.log10(heard[24000:].std()) == pytest.approx(-40, abs=1)
