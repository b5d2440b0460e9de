"""The capturing child on files and on network cameras that hang, redirect for ever or want a password."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import cv2
import numpy as np
import pytest

from probes.camera import PICTURE, Settings, learn, probe, read_answer, reference_path
from probes.camera.capture import reduced, unpacked
from probes.camera.reference import read_reference
from probes.child.isolate import START, Isolation
from probes.reading import CannotMeasure, Context, Reading
from tests.camera import pipewire_camera, scenes
from tests.camera.network_camera import look_at, send_pictures, server
from tests.camera.test_probe import UserspaceIsolation, by_check
from tests.reasons.english import advice, english

Make = Callable[..., Context]
Add = Callable[..., Path]


def film(path: Path, count: int = 20, size: tuple[int, int] = scenes.SIZE, fps: int = 10) -> Path:
    frames = scenes.burst(scenes.room(4, size=size), 4, count=count)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (size[1], size[0]))
    for one in frames:
        writer.write(one)
    writer.release()
    return path


async def test_a_network_camera_that_redirects_for_ever_gives_no_picture_and_no_hang(make_context: Make) -> None:
    def again(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", "/stream?again")
        request.end_headers()

    with server(again) as url:
        reading = by_check(await probe(look_at(url), make_context()), PICTURE)
    assert isinstance(reading, Reading)
    assert reading.finding == "camera_no_frames"


async def test_a_network_camera_that_hangs_is_given_up(make_context: Make) -> None:
    released = threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
        request.end_headers()
        released.wait(15)

    with server(hang) as url:
        context = make_context()
        reading = by_check(await probe(look_at(url), context), PICTURE)
        released.set()
    assert isinstance(reading, Reading)
    assert reading.finding == "camera_no_frames"
    isolation = context.memory["isolation"]
    assert isinstance(isolation, Isolation)
    assert isolation.running == {}


async def test_a_password_that_cannot_be_read_is_named_by_its_place(make_context: Make, tmp_path: Path) -> None:
    settings = look_at("rtsp://127.0.0.1:1/x", user="room", password={"file": str(tmp_path / "none")})
    outcome = by_check(await probe(settings, make_context()), PICTURE)
    assert isinstance(outcome, CannotMeasure)
    assert str(tmp_path / "none") in english(outcome.reason)


async def test_a_network_camera_with_a_password_is_seen(make_context: Make, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret/with:signs\n")
    asked: list[str] = []
    pictures = [cv2.imencode(".jpg", one)[1].tobytes() for one in scenes.burst(scenes.room(4), 4, count=40)]

    def stream(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.headers.get("Authorization", ""))
        if not asked[-1]:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.end_headers()
            return
        send_pictures(request, pictures * 4, 0.04)

    with server(stream) as url:
        settings = look_at(url, user="room", password={"file": str(secret)})
        outcome = by_check(await probe(settings, make_context()), PICTURE)
    assert isinstance(outcome, Reading), outcome
    assert outcome.values["frames"] >= 8, outcome
    assert any(one.startswith("Basic ") for one in asked)


@pytest.mark.parametrize(("fps", "finding"), [(0.0, ""), (50.0, "camera_low_fps")])
async def test_a_stream_that_states_no_rate_is_not_held_to_one_that_ffmpeg_makes_up(
    fps: float, finding: str, make_context: Make
) -> None:
    pictures = [cv2.imencode(".jpg", one)[1].tobytes() for one in scenes.burst(scenes.room(4), 4, count=60)]

    with server(lambda request: send_pictures(request, pictures, 0.095)) as url:
        outcome = by_check(await probe(look_at(url, fps=fps), make_context()), PICTURE)
    assert isinstance(outcome, Reading), outcome
    assert outcome.finding == finding, outcome


@pytest.mark.parametrize(("size", "fps"), [((2, 2), 10), ((480, 640), 10), ((1080, 1920), 10), ((180, 320), 5)])
def test_a_file_of_any_size_and_rate_is_judged(size: tuple[int, int], fps: int, tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi", 16, size, fps)
    said = subprocess.run(
        [sys.executable, "-c", START, "probes.camera.capture:look", "20,2147483648"],
        input=json.dumps({"source": str(path), "kind": "file"}).encode(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    answer = json.loads(said.stdout)
    assert answer["state"] == "judged"
    assert (answer["width"], answer["height"], answer["nominal_fps"]) == (size[1], size[0], fps)
    if size[0] > 2:
        assert answer["label"] == "healthy", answer


MANY = """
import json, os, resource, sys
from probes.camera import capture
capture._be_silent = lambda: None
def used():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * resource.getpagesize(), len(os.listdir("/proc/self/fd"))
for n in range(200):
    capture.look({"source": sys.argv[1], "kind": "file"})
    if n == 39:
        before = used()
print(json.dumps([before, used()]))
"""


def test_many_captures_leave_no_descriptor_and_no_memory(tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi", 4, (90, 160))
    said = subprocess.run([sys.executable, "-c", MANY, str(path)], capture_output=True, timeout=100, check=True)
    (memory, files), (memory_later, files_later) = json.loads(said.stdout)
    assert files_later == files
    assert memory_later - memory < 6_000_000


async def test_a_learned_view_is_stored_for_the_owner_only_and_used(
    pipewire: dict[str, str], add_camera: Add, make_context: Make
) -> None:
    add_camera(0, name="Acme Cam")
    context = make_context(memory={"isolation": UserspaceIsolation(pipewire)})
    with pipewire_camera.camera(pipewire, *pipewire_camera.LIVING):
        answer = await learn("Acme", Settings(), context)
    with pipewire_camera.camera(pipewire, *pipewire_camera.LIVING):  # it streams to its first opener alone
        found = by_check(await probe(Settings(), context), PICTURE)
    path = reference_path(context.state, "Acme Cam")
    assert answer["learned"] == str(path), answer
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size <= 16_384
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name]
    assert isinstance(found, Reading)
    assert found.evidence["reference"] == "used", found


async def test_a_black_picture_is_not_learned(pipewire: dict[str, str], add_camera: Add, make_context: Make) -> None:
    add_camera(0, name="Acme Cam")
    context = make_context(memory={"isolation": UserspaceIsolation(pipewire)})
    with pipewire_camera.camera(pipewire, "pattern=black"):
        answer = await learn("Acme", Settings(), context)
    assert answer["learned"] == ""
    assert "black" in english(answer["reason"]).lower()
    assert not reference_path(context.state, "Acme Cam").exists()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b'{"format": 99}', b"x" * 20_000])
def test_a_foreign_reference_is_refused_with_its_reason(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "view.json"
    path.write_bytes(data)
    reference, complaint = read_reference(path)
    assert reference is None
    assert "view.json is not used" in english(complaint)


async def test_learning_a_camera_that_is_not_there_says_so(make_context: Make) -> None:
    with pytest.raises(LookupError, match="no_such_camera"):
        await learn("Acme", Settings(), make_context())


async def test_nothing_is_learned_while_a_meeting_may_run(add_camera: Add, make_context: Make) -> None:
    add_camera(0)
    answer = await learn("Room Camera", Settings(), make_context(in_meeting=None))
    assert answer["learned"] == ""


def test_each_answer_of_the_child_becomes_an_outcome() -> None:
    assert isinstance(read_answer("a", {"state": "busy", "reason": "x"}), CannotMeasure)
    refused = read_answer("a", {"state": "refused", "reason": "Permission denied"})
    assert isinstance(refused, CannotMeasure) and "usermod -aG video" in advice(refused.remedy)
    assert isinstance(read_answer("a", {}), CannotMeasure)


@pytest.mark.parametrize(
    ("size", "decoded"), [((1280, 720), (180, 320)), ((640, 480), (240, 320)), ((200, 100), (100, 200))]
)
def test_a_jpeg_is_decoded_no_larger_than_it_is_judged(size: tuple[int, int], decoded: tuple[int, int]) -> None:
    width, height = size
    picture = scenes.room(4, size=(height, width))
    good, jpeg = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8))
    assert good
    small = unpacked(jpeg.ravel(), max(size))
    assert small is not None
    assert small.shape[:2] == decoded
    assert np.abs(small.astype(float) - reduced(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))).mean() < 3


def test_a_packet_that_is_no_picture_gives_none() -> None:
    assert unpacked(np.zeros(0, np.uint8), 640) is None
    assert unpacked(np.full(900, 7, np.uint8), 640) is None


def test_a_packet_that_states_an_absurd_size_gives_none() -> None:
    packet = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()
    size = packet.index(b"\xff\xc0") + 5
    absurd = packet[:size] + (60000).to_bytes(2, "big") * 2 + packet[size + 4 :]
    assert unpacked(np.frombuffer(absurd, np.uint8), 320) is None


def test_a_picture_smaller_than_the_first_one_is_decoded_whole() -> None:
    packet = cv2.imencode(".jpg", np.full((180, 320, 3), 90, np.uint8))[1].ravel()
    picture = unpacked(packet, 1920)
    assert picture is not None
    assert picture.shape[:2] == (180, 320)
