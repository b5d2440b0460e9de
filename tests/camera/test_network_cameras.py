"""Network cameras against real servers: GStreamer's for RTSP, sockets that hang and redirect, refused passwords."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from probes.camera import PICTURE, probe
from probes.child.isolate import Isolation
from probes.reading import CannotMeasure, Reading
from tests.camera.network_camera import look_at, server
from tests.camera.test_capture import Make
from tests.camera.test_probe import by_check
from tests.reasons.english import advice, english

SERVER = Path(__file__).with_name("rtsp_server.py")


@contextmanager
def rtsp_camera(rate: int = 15, user: str = "", password: str = "") -> Iterator[str]:
    command = ["/usr/bin/python3", str(SERVER), str(rate), user, password]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert running.stdout is not None
        port = running.stdout.readline().strip()
        assert port, "no RTSP server: apt-get install gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi"
        yield f"rtsp://127.0.0.1:{port}/room"
    finally:
        running.kill()
        running.communicate()


def secret(folder: Path, text: str) -> dict[str, str]:
    file = folder / "password"
    file.write_text(text + "\n")
    return {"file": str(file)}


async def test_pictures_of_an_rtsp_camera_with_a_password_arrive(make_context: Make, tmp_path: Path) -> None:
    with rtsp_camera(15, "room", "s3cret/with:signs") as url:
        settings = look_at(url, user="room", password=secret(tmp_path, "s3cret/with:signs"))
        outcome = by_check(await probe(settings, make_context()), PICTURE)
    assert isinstance(outcome, Reading), outcome
    assert outcome.values["frames"] >= 8, outcome
    assert outcome.values["rate_share"] > 0.6, outcome
    assert outcome.evidence["format"] == "320×192, 15/s"


@pytest.mark.parametrize("given", ["wrong", None])
async def test_an_rtsp_camera_that_refuses_the_password_says_so(
    given: str | None, make_context: Make, tmp_path: Path
) -> None:
    with rtsp_camera(15, "room", "right") as url:
        login = {} if given is None else {"user": "room", "password": secret(tmp_path, given)}
        outcome = by_check(await probe(look_at(url, **login), make_context()), PICTURE)
    assert isinstance(outcome, CannotMeasure), outcome
    assert "401" in english(outcome.reason)
    assert "password" in advice(outcome.remedy)
    assert "wrong" not in str(outcome)


async def test_a_path_that_an_rtsp_camera_does_not_have_is_named(make_context: Make) -> None:
    with rtsp_camera() as url:
        outcome = by_check(await probe(look_at(url + "-of-old"), make_context()), PICTURE)
    assert isinstance(outcome, Reading), outcome
    assert outcome.finding == "camera_no_frames"
    assert "404" in english(outcome.evidence["reason"])


async def test_an_http_camera_that_refuses_the_password_says_so(make_context: Make, tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.headers.get("Authorization", ""))
        request.send_response(401)
        request.send_header("WWW-Authenticate", 'Basic realm="camera"')
        request.send_header("Content-Length", "0")
        request.end_headers()

    with server(refuse) as url:
        settings = look_at(url, user="room", password=secret(tmp_path, "old"))
        outcome = by_check(await probe(settings, make_context()), PICTURE)
    assert isinstance(outcome, CannotMeasure), outcome
    assert "401" in english(outcome.reason)
    assert f"Basic {base64.b64encode(b'room:old').decode()}" in asked


@pytest.mark.parametrize(
    "answer", [b"", b"RTSP/1.0 302 Moved\r\nCSeq: %d\r\nLocation: rtsp://127.0.0.1:%d/room\r\n\r\n"]
)
async def test_an_rtsp_camera_that_hangs_or_redirects_for_ever_is_given_up(answer: bytes, make_context: Make) -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        port = writer.get_extra_info("sockname")[1]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked += 1
                number = int(head.partition(b"CSeq: ")[2].split()[0])
                if answer and head.startswith(b"OPTIONS"):
                    writer.write(b"RTSP/1.0 200 OK\r\nCSeq: %d\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n" % number)
                elif answer:
                    writer.write(answer % (number, port))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"rtsp://127.0.0.1:{listening.sockets[0].getsockname()[1]}/room"
    context = make_context()
    outcome = by_check(await probe(look_at(url), context), PICTURE)
    listening.close()
    assert isinstance(outcome, Reading), outcome
    assert outcome.finding == "camera_no_frames"
    assert asked >= 1
    isolation = context.memory["isolation"]
    assert isinstance(isolation, Isolation)
    assert isolation.running == {}
